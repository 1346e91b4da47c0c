import { execFile, type ExecFileException } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../system/temporary-folder.ts'
import type { Outcome, Script } from './keychain-child.ts'

/** Does steps on a real store in a process of its own. */
export const child = fileURLToPath(new URL('keychain-child.ts', import.meta.url))

interface Result {
  readonly outcomes: readonly Outcome[]
  readonly isStuck: boolean
  /** What the shell printed besides. */
  readonly rest: string
}

/** Writes the child's script to a file, since an argument or a variable has a limit. */
export function script(changes: Partial<Script> & Pick<Script, 'steps'>): string {
  const path = join(temporaryFolder(), 'script.json')
  const stateFolder = changes.stateFolder ?? temporaryFolder()
  const defaults = { store: 'keychain', timeoutSeconds: 10 }
  writeFileSync(path, JSON.stringify({ ...defaults, ...changes, stateFolder }))
  return path
}

/** Runs shell lines with a D-Bus session of their own; `pim` stands for the child. */
export async function inSession(lines: string[], home: string, given: string): Promise<Result> {
  const command = ['--', 'bash', '-c', lines.join('\n')]
  const { stdout, stderr } = await run('dbus-run-session', command, { HOME: home, SCRIPT: given })
  return parse(stdout, stderr)
}

/** Runs a program with no more than this environment. */
export function run(file: string, args: string[], env: Record<string, string>) {
  const base = { PATH: process.env['PATH'] ?? '', NODE: process.execPath, CHILD: child }
  const options = { env: { ...base, ...env }, timeout: 20_000, maxBuffer: 1e7 }
  return new Promise<{ stdout: string; stderr: string; error: ExecFileException | null }>(
    (resolve) => {
      execFile(file, args, options, (error, stdout, stderr) => resolve({ stdout, stderr, error }))
    },
  )
}

/** What the child said. */
export function parse(stdout: string, stderr: string): Result {
  const lines = stdout.split('\n')
  const answer = lines.find((line) => line.startsWith('{"outcomes"'))
  if (answer === undefined) throw new Error(`the child said nothing: ${stdout}${stderr}`)
  return { ...JSON.parse(answer), rest: lines.filter((line) => line !== answer).join('\n') }
}
