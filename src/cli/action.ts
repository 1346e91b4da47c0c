import type { Deps } from '../deps/deps.ts'
import type { Globals } from '../deps/globals.ts'

/** What the words on the command line act through. */
export interface Cli {
  readonly version: string
  /** The words behind `--`, which are another program's. */
  readonly behindDashes: readonly string[]
  readonly open: (globals: Globals) => Promise<Deps>
  readonly finish: (exitCode: number) => void
}

/** Runs a command with what the flags call for, and keeps its exit code. */
export type Act = (run: (deps: Deps) => Promise<number> | number) => Promise<void>
