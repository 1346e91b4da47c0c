import type { AuditLog } from '../core/audit/audit.ts'
import type { CredentialStores, Secret } from '../core/credentials.ts'
import type { Duration } from '../core/time/duration.ts'
import type { Actor, ElevationRecords } from '../core/elevation/elevation.ts'
import { PimError } from '../core/errors.ts'
import type { FindingsCache } from '../core/discovery-cache.ts'
import type { Flights } from '../core/elevation/single-flight.ts'
import type { DesktopNotice } from '../core/notice.ts'
import type { LoadProvider } from '../core/provider.ts'
import { parseStoreChoice, type Settings } from '../core/settings/settings.ts'
import type { SignIns } from '../core/identity/sign-in.ts'
import { lazyAnnouncing, webhookPost } from './webhooks.ts'
import {
  findingsFolder,
  lazyAudit,
  lazyConfig,
  lazyFindings,
  lazyFlights,
  lazyInput,
  lazyNotices,
  lazyRecords,
  lazySignInIndex,
  lazyUses,
  once,
} from './ports.ts'
import {
  lazyStoreChecks,
  lazyStores,
  likelyStores,
  storePlace,
  type StoreChecks,
} from './stores.ts'
import { lazyPrompters } from './prompters.ts'
import type { Uses } from '../core/elevation/usage.ts'
import { identityChoice, providerLoader } from './provider-loader.ts'
import type { ProviderDeps } from '../providers/index.ts'
import type { HandOver } from '../flows/release/release.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Child, Ending } from '../system/process/child.ts'
import type { ConfigDocument } from '../system/files/config-file.ts'
import { isOn, mayPrompt, mustNotAsk, type Globals } from './globals.ts'
import type { Host } from './host.ts'
import { ensureHome } from '../system/files/home-folder.ts'
import { foldersFor, type Folders } from '../system/files/folders.ts'
import { assertSafeFolders } from '../system/files/safe-folder.ts'
import { localActor } from '../system/process/host.ts'
import { newId } from '../system/process/new-id.ts'
import type { Keys } from '../system/terminal/keys.ts'
import { createIo, type Io } from '../ui/output/io.ts'
import type { Prompter } from '../ui/prompt/prompt.ts'
import { createStyle, wantsColor } from '../ui/output/style.ts'

/** Everything a command may use. Nothing is opened or loaded before it is used. */
export interface Deps extends StoreChecks {
  readonly host: Host
  readonly globals: Globals
  readonly env: Host['env']
  readonly folders: Folders
  readonly io: Io
  /** Whether there is a person to ask: a terminal both ways, and nobody said not to. */
  readonly mayPrompt: boolean
  /** Whether somebody said not to ask: `--no-input`, `PIM_NO_INPUT` or a pipeline's `CI`. */
  readonly mustNotAsk: boolean
  /** Whether this is a step of a pipeline, after which nobody comes. */
  readonly isPipeline: boolean
  readonly prompter: () => Promise<Prompter>
  /** One that still asks after Ctrl-C: what is to become of what was under way. */
  readonly prompterAfterInterrupt: () => Promise<Prompter>
  readonly settings: () => Promise<Settings>
  /** The configuration file as it is written. */
  readonly configDocument: () => Promise<ConfigDocument>
  /** Changes it in one replacement, while nobody else does; nothing is written that could not be read back. */
  readonly changeConfig: (change: (document: ConfigDocument) => ConfigDocument) => Promise<void>
  readonly provider: LoadProvider
  /** The variables by which a program would act as somebody at a cloud, whichever. */
  readonly credentialNames: () => Promise<readonly string[]>
  /** Whom pim itself signs in. */
  readonly signIns: () => Promise<SignIns>
  /** What the providers said, kept for a while. */
  readonly findings: FindingsCache
  readonly forgetFindings: () => Promise<void>
  readonly records: ElevationRecords
  readonly stores: CredentialStores
  readonly flights: Flights
  /** Which commands run with which elevation. */
  readonly uses: Uses
  readonly audit: AuditLog
  /** Resolves once webhooks are told of what was recorded, or given up; `announceWithin` limits that. */
  readonly announced: () => Promise<void>
  readonly announceWithin: (milliseconds: number) => void
  /** Posts JSON to a webhook's address, within seconds. */
  readonly postToWebhook: (url: Secret, body: string) => Promise<void>
  readonly actor: Actor
  readonly now: () => Date
  readonly newId: () => string
  /** Runs a program in the foreground, with signals passed on to it. */
  readonly runChild: (child: Child) => Promise<Ending>
  /** Throws `unavailable`, `no-desktop-notice` where there is no desktop, or it does not take it. */
  readonly showOnDesktop: (notice: DesktopNotice) => Promise<void>
  /** The keys of the terminal, where there is a person; `leave` is called for Ctrl-C, which is a key then. */
  readonly openKeys: (leave: () => void) => Promise<Keys>
  /** A number from 0 up to 1. */
  readonly chance: () => number
  /** Leaves giving something back to a process that outlives this one. */
  readonly handOver: HandOver
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
  /** What is written to stdin, where that is no terminal. */
  readonly readInput: () => Promise<string>
  /** One line of a file descriptor, and not a byte more. Throws `usage` where none comes in half a minute. */
  readonly readLine: (descriptor: number) => Promise<string>
  readonly signal: AbortSignal
  /** An embedded cloud in a folder of its own. */
  readonly startSandbox: (folder: string) => Promise<Sandbox>
  /** Programs for a shell in it, in a folder for the PATH; undefined where there are none. */
  readonly writeSandboxPrograms: (folder: string) => Promise<string | undefined>
}

/** Builds what a command may use, for this process and these flags. */
export async function createDeps(host: Host, globals: Globals): Promise<Deps> {
  const { env } = host
  const style = await createStyle(wantsColor(env, globals.color, host.stderr))
  const io = createIo(host, globals, style)
  const folders = { ...foldersFor(host), ...configFile(globals) }
  // A setting that means nothing is named by every command, whether it gets as far as to need it or not.
  parseStoreChoice(env.PIM_CREDENTIAL_STORE)
  assertSafeFolders(host, folders, globals.config)
  await ensureHome(env)
  if (globals.config !== undefined) await requireFile(globals.config)
  const { now } = host
  const settings = once(async () => {
    const { readSettings } = await import('../system/files/config-file.ts')
    return readSettings(folders.configFile)
  })
  const flights = lazyFlights(host, folders, now)
  const uses = lazyUses(folders)
  const place = storePlace(host, folders)
  const stores = lazyStores(host, place, settings, io)
  const likely = () => likelyStores(host, place, settings)
  const log = lazyAudit(host, { folders, stores, likely, now, warn: io.warn })
  const { audit, told, tellWithin } = lazyAnnouncing(log, env, {
    settings,
    stores,
    now,
    warn: io.warn,
  })
  const providerDeps: ProviderDeps = {
    env,
    platform: host.platform,
    now,
    sleep: host.sleep,
    settings,
    stores,
    signInIndex: lazySignInIndex(folders, flights),
    choice: identityChoice(globals),
    person: {
      get mayBeAsked() {
        return mayPrompt(host, globals)
      },
      openBrowser: async (url) => {
        const { openBrowser } = await import('../system/process/browser.ts')
        return openBrowser(url, { env, platform: host.platform })
      },
      say: io.note,
      show: (text) => host.stderr.write(`pim: ${text}\n`),
    },
  }
  return {
    host,
    globals,
    env,
    folders,
    io,
    get mayPrompt() {
      return mayPrompt(host, globals)
    },
    mustNotAsk: mustNotAsk(env, globals),
    isPipeline: isOn(env.CI),
    ...lazyPrompters(host),
    settings,
    ...lazyConfig(folders, flights),
    provider: providerLoader(providerDeps),
    credentialNames: async () => (await import('../providers/index.ts')).credentialNames(),
    signIns: once(async () => {
      const { loadSignIns } = await import('../providers/index.ts')
      return loadSignIns(providerDeps)
    }),
    findings: lazyFindings(folders),
    forgetFindings: async () => {
      const { forgetFindings } = await import('../system/state/discovery-cache-file.ts')
      await forgetFindings(findingsFolder(folders))
    },
    records: lazyRecords(host, folders),
    stores,
    flights,
    uses,
    audit,
    announced: told,
    announceWithin: tellWithin,
    postToWebhook: webhookPost(env),
    get actor() {
      return localActor(env)
    },
    now,
    newId,
    runChild: async (child) => {
      const { runChild } = await import('../system/process/child.ts')
      return runChild({ ...child, signals: host.signals, hasTerminal: host.stdinIsTerminal })
    },
    ...lazyNotices(host),
    handOver: async ({ target, id }) => {
      const { startDetached } = await import('../system/process/detached.ts')
      const [file, ...self] = host.self
      const words = ['release-later', '--quiet', '--', target, id]
      await startDetached(file, [...self, ...words], env)
      const { untilAtWork } = await import('../flows/release/release-later.ts')
      // A command that is being interrupted leaves its release behind all the same.
      const { signal } = new AbortController()
      await untilAtWork(id, { uses, sleep: host.sleep, signal })
    },
    sleep: host.sleep,
    ...lazyInput(host),
    chance: () => Math.random(),
    get signal() {
      return host.signals.aborted
    },
    startSandbox: async (folder) =>
      (await import('../../sandbox/sandbox.ts')).startSandbox({ folder, now }),
    writeSandboxPrograms: async (folder) =>
      (await import('../../sandbox/programs.ts')).writePrograms(folder, host.self, host.platform),
    ...lazyStoreChecks(place, folders),
  }
}

/** A file that was named is meant; without one of the usual name there are simply no settings. */
async function requireFile(path: string): Promise<void> {
  const { readSettings } = await import('../system/files/config-file.ts')
  const { existsSync } = await import('node:fs')
  if (existsSync(path)) return void (await readSettings(path))
  throw new PimError('usage', 'config-missing', `there is no configuration file ${path}`, {
    hint: 'check the path behind `--config`',
  })
}

function configFile({ config }: Globals): { configFile?: string } {
  return config === undefined ? {} : { configFile: config }
}
