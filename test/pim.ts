import { readFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PassThrough, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { onTestFinished, vi } from 'vitest'
import type { AuditRecord } from '../src/core/audit/audit.ts'
import { milliseconds, type Duration } from '../src/core/time/duration.ts'
import type { Host } from '../src/deps/host.ts'
import { run } from '../src/main.ts'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { createScreen } from '../src/system/terminal/screen.ts'
import { prepareStore, stretchOnce, storePassphrase } from './prepared-store.ts'
import { surroundWith } from './providers/aws/fixture.ts'
import { temporaryFolder } from './system/temporary-folder.ts'

/** How a run of pim ended, and what it said. */
interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** What a person answers: the keys to press once the terminal shows `when`. */
interface Answer {
  readonly when: string
  readonly keys: string
  /** What they wait for before they type. */
  readonly after?: () => Promise<unknown>
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Runs in a terminal in which a person answers so. */
  readonly answers?: readonly Answer[]
  /** Ctrl-C, pressed when this aborts. */
  readonly interrupt?: AbortSignal
  /** The same, pressed as soon as this is what pim has said. */
  readonly interruptWhen?: (said: Pick<Ended, 'stdout' | 'stderr'>) => boolean
}

/** A whole pim in memory: an embedded cloud, a stopped clock, and a folder of its own. */
export interface Pim {
  readonly sandbox: Sandbox
  readonly folder: string
  /** A run as a snapshot keeps it. */
  readonly says: (argv: string | readonly string[], options?: RunOptions) => Promise<string>
  readonly run: (argv: string | readonly string[], options?: RunOptions) => Promise<Ended>
  /** The audit log as it lies on the disk. */
  readonly records: () => readonly AuditRecord[]
  /** The roles that the cloud was asked for, in order, refused ones too. */
  readonly assumed: () => readonly string[]
  readonly advance: (span: Duration) => void
  /** Signs alice in to the tenant, as a person would by `pim login azure`. */
  readonly signIn: () => Promise<void>
}

/** When the clock of every run stands until it is advanced: a Sunday, noon. */
const start = new Date('2026-03-01T12:00:00Z')

/** Starts one for the running test. `env` is added to the sandbox's own. */
export async function startPim(env: Readonly<Record<string, string>> = {}): Promise<Pim> {
  const folder = temporaryFolder()
  // One clock for pim, the SDK and the cloud; timers run on.
  vi.useFakeTimers({ toFake: ['Date'], now: start })
  onTestFinished(() => void vi.useRealTimers())
  const sandbox = await startSandbox({ folder, now: () => new Date() })
  onTestFinished(() => sandbox.stop())
  if (env['PIM_STORE_PASSPHRASE'] === undefined) {
    await prepareStore(join(folder, 'pim', 'state', 'store'))
  }
  const own: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    SHELL: '/bin/bash',
    TZ: 'UTC',
    TERM: 'xterm-256color',
    ...sandbox.environment,
    PIM_STORE_PASSPHRASE: storePassphrase,
    ...env,
  }
  const pim: Pim = {
    sandbox,
    folder,
    says: async (argv, options) => transcript(await pim.run(argv, options), pim),
    run: async (argv, options = {}) => {
      const words = typeof argv === 'string' ? argv.split(' ') : argv
      return runIn(words, { ...own, ...options.env }, options)
    },
    records: () => readLog(join(own['PIM_HOME'] ?? folder, 'state', 'audit', 'audit.jsonl')),
    assumed: () =>
      sandbox.sts.calls
        .filter(({ action }) => action.startsWith('AssumeRole'))
        .map(({ parameters }) => parameters['RoleArn']?.split('/').at(-1) ?? ''),
    advance: (span) => void vi.setSystemTime(Date.now() + milliseconds(span)),
    signIn: async () => {
      trust(sandbox.tenant.ca)
      const { code, stderr } = await pim.run('login azure --quiet')
      if (code !== 0) throw new Error(stderr)
    },
  }
  return pim
}

/** Lets this process meet the sandbox's sign-in, as NODE_EXTRA_CA_CERTS does for one that starts. */
function trust(ca: string): void {
  const others = getCACertificates('default')
  setDefaultCACertificates([ca])
  onTestFinished(() => setDefaultCACertificates(others))
}

async function runIn(
  argv: readonly string[],
  env: Record<string, string | undefined>,
  { answers, interrupt, interruptWhen }: RunOptions,
): Promise<Ended> {
  surroundWith(Object.fromEntries(Object.entries(env).flatMap(([k, v]) => (v ? [[k, v]] : []))))
  const said = { stdout: '', stderr: '' }
  const screen = createScreen()
  const pressed = new AbortController()
  const output = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      said[name] += text
      if (interruptWhen?.(said) === true) pressed.abort()
    },
    isTerminal: answers !== undefined,
    isAbandoned: false,
  })
  const host: Host = {
    env,
    platform: 'linux',
    pid: process.pid,
    self: [process.execPath, fileURLToPath(new URL('../bin/pim.js', import.meta.url))],
    uid: process.getuid?.(),
    version: '0.0.0-test',
    now: () => new Date(),
    uptimeSeconds: () => undefined,
    sleep: async (span) => void vi.setSystemTime(Date.now() + milliseconds(span)),
    stdout: { ...output('stdout'), isTerminal: false },
    stderr: screen.behind(output('stderr')),
    screen,
    stdinIsTerminal: answers !== undefined,
    hasOwnTerminal: false,
    stdin: () => process.stdin,
    terminal: () => scriptedTerminal(answers ?? [], (text) => (said.stderr += text)),
    signals: {
      aborted:
        interrupt === undefined ? pressed.signal : AbortSignal.any([interrupt, pressed.signal]),
      takeOver: () => () => {},
    },
    stretch: stretchOnce,
    onStuck: () => {},
    ranDry: new Promise<never>(() => {}),
  }
  const code = await run(argv, host)
  return { code, ...said }
}

/** Types each answer once its cue is on the screen. */
function scriptedTerminal(answers: readonly Answer[], show: (text: string) => void) {
  const left = [...answers]
  let screen = ''
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input })
  const output = new Writable({
    write: (chunk: Buffer, _, done) => {
      screen += String(chunk)
      show(String(chunk))
      const [next] = left
      if (next !== undefined && screen.includes(next.when)) {
        left.shift()
        screen = ''
        void (next.after?.() ?? Promise.resolve()).then(() => type(next.keys, input))
      }
      done()
    },
  })
  // A terminal goes on after the end of a prompt.
  const end = (): Writable => output
  const terminal = Object.assign(output, { isTTY: true, columns: 100, rows: 30, end })
  return {
    input: input as unknown as NodeJS.ReadStream,
    output: terminal as unknown as NodeJS.WriteStream,
  }
}

/** One key at a time, as a person's would come: a prompt takes no Enter while it looks for matches. */
async function type(keys: string, input: PassThrough): Promise<void> {
  for (const key of keys) {
    await pause(4)
    input.write(key)
  }
}

function readLog(path: string): readonly AuditRecord[] {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditRecord)
}

/** A run as a snapshot keeps it: what differs from run to run is replaced by its kind. */
function transcript({ code, stdout, stderr }: Ended, pim: Pim): string {
  const filters: readonly (readonly (RegExp | string)[])[] = [
    [pim.folder, '<folder>'],
    [pim.sandbox.endpoint, '<endpoint>'],
    [/sha256:[0-9a-f]{64}/g, '<hash>'],
    [/\bASIA[A-Z0-9]{16}\b/g, '<key>'],
    [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<request>'],
    ...pim.records().flatMap(({ elevationId: id }) => (id === undefined ? [] : [[id, '<id>']])),
    [
      /((?:SecretAccessKey|SessionToken)":"|(?:SECRET_ACCESS_KEY|SESSION_TOKEN)=')[^'"]+/g,
      '$1<secret>',
    ],
    [hostname(), '<host>'],
    [`"${userInfo().username}"`, '"<user>"'],
    [`local: ${userInfo().username}`, 'local: <user>'],
  ]
  const parts = [`exit code ${code}`]
  if (stdout !== '') parts.push(`stdout:\n${stdout.trimEnd()}`)
  if (stderr !== '') parts.push(`stderr:\n${stderr.trimEnd()}`)
  return filters.reduce(
    (text, [what = '', kind = '']) => text.replaceAll(what, String(kind)),
    parts.join('\n'),
  )
}

/** Every key of a document, nested ones with dots, each once, as the contract lists them. */
export function keysOf(value: unknown, prefix = ''): readonly string[] {
  if (Array.isArray(value)) return unique(value.flatMap((item) => keysOf(item, `${prefix}[]`)))
  if (typeof value !== 'object' || value === null) return [prefix]
  const entries = Object.entries(value)
  return unique(
    entries.flatMap(([key, inner]) => keysOf(inner, `${prefix === '' ? '' : `${prefix}.`}${key}`)),
  )
}

function unique(keys: readonly string[]): readonly string[] {
  return [...new Set(keys)]
}
