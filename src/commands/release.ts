import { isLive, locally, type Elevation } from '../core/elevation.ts'
import { asPimError, PimError, worstExitCode } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { formatTarget, type Target } from '../core/target.ts'
import type { Deps } from '../deps.ts'
import { currentElevations } from '../flows/current.ts'
import { resolveTargets } from '../flows/discover.ts'
import { grantedElevation } from '../flows/granted.ts'
import { release } from '../flows/release.ts'
import { isUnwanted } from '../flows/uses.ts'
import { formatLocalTime } from '../ui/clock.ts'
import { afterlifeClause, elevationJson, elevationsJson, failureJson } from '../ui/elevation.ts'

export interface ReleaseFlags {
  readonly all?: boolean
  readonly wait?: boolean
  /** What a helper is started with: by the time it may, somebody may want it again. */
  readonly unlessWanted?: boolean
}

/** `pim release [target…|--all]`: gives elevations back; what is not active is no error. */
export async function releaseCommand(
  words: readonly string[],
  flags: ReleaseFlags,
  deps: Deps,
): Promise<number> {
  const { io } = deps
  const wanted = await whatToRelease(words, flags, deps)
  if (wanted.length === 0) io.note('nothing is active')
  const results = await Promise.all(wanted.map((one) => attempt(one, flags, deps)))
  for (const { target, elevation, error } of results) {
    if (error !== undefined) io.error(error)
    else if (elevation === undefined) io.note(`\`${printable(target)}\` is not active`)
    else io.note(await said(elevation, deps))
  }
  if (io.wantsJson) {
    io.json(
      elevationsJson(
        results.flatMap(({ target, elevation, standing, error }) => {
          if (error !== undefined) return [notReleasedJson(target, standing, error)]
          return elevation === undefined ? [] : [elevationJson(elevation, true)]
        }),
      ),
    )
  }
  return worstExitCode(results.map(({ error }) => error?.exitCode ?? 0))
}

/** `target` is there where this machine remembers no elevation, and the provider may. */
interface Wanted {
  readonly text: string
  readonly target?: Target
}

async function whatToRelease(
  words: readonly string[],
  { all }: ReleaseFlags,
  deps: Deps,
): Promise<readonly Wanted[]> {
  if (all === true && words.length > 0) throw bothNamedAndAll()
  if (all === true) {
    const current = await currentElevations(deps)
    return current
      .filter((elevation) => isLive(elevation, deps.now()))
      .map(({ target }) => ({ text: target }))
  }
  if (words.length === 0) throw nothingNamed()
  const known = await Promise.all(words.map((word) => deps.records.get(word)))
  const unknown = words.filter((_, index) => known[index] === undefined)
  const resolved = await resolveTargets(unknown, deps)
  const byText = new Map<string, Wanted>([
    ...words
      .filter((word) => !unknown.includes(word))
      .map((text): [string, Wanted] => [text, { text }]),
    ...resolved.map((target): [string, Wanted] => {
      const text = formatTarget(target)
      return [text, { text, target }]
    }),
  ])
  return [...byText.values()]
}

interface Result {
  readonly target: string
  readonly elevation?: Elevation | undefined
  /** What is in force all the same where it could not be given back. */
  readonly standing?: Elevation | undefined
  readonly error?: PimError
}

async function attempt(
  { text, target }: Wanted,
  { wait, unlessWanted }: ReleaseFlags,
  deps: Deps,
): Promise<Result> {
  let unremembered: Elevation | undefined
  try {
    unremembered = target && (await activeElsewhere(target, deps))
    const elevation = await release(text, deps, {
      ...(unremembered !== undefined && { unremembered }),
      ...patience(text, wait === true, deps),
      ...(unlessWanted && { onlyIf: (latest: Elevation) => isUnwanted(latest, deps) }),
    })
    return { target: text, elevation }
  } catch (thrown) {
    const error = asPimError(thrown).about(text)
    return { target: text, standing: (await deps.records.get(text)) ?? unremembered, error }
  }
}

/** A release that fails ends nothing: the state is that of what still stands. */
function notReleasedJson(
  target: string,
  standing: Elevation | undefined,
  error: PimError,
): Readonly<Record<string, unknown>> {
  if (standing === undefined) return failureJson(target, error)
  return { ...elevationJson(standing, false), error: error.toJSON() }
}

/** What to do about what the provider does not take back yet. */
function patience(text: string, wait: boolean, deps: Deps): Parameters<typeof release>[2] {
  if (wait || deps.isPipeline) {
    return {
      onWait: (moment) => {
        const when = formatLocalTime(moment, deps.now())
        deps.io.note(`waiting until ${when} to give \`${printable(text)}\` back`)
      },
    }
  }
  return deps.mayPrompt ? { handOver: deps.handOver } : {}
}

async function activeElsewhere(target: Target, deps: Deps): Promise<Elevation | undefined> {
  const provider = await deps.provider(target.provider)
  return provider.access === 'grant' ? grantedElevation(target, provider, deps) : undefined
}

/** AWS takes no session back: keys that went elsewhere work until they end. */
async function said(elevation: Elevation, deps: Deps): Promise<string> {
  const released = `released \`${printable(elevation.target)}\``
  const { access } = await deps.provider(elevation.provider)
  if (elevation.releasesAt !== undefined) {
    const when = formatLocalTime(elevation.releasesAt, deps.now())
    return `\`${printable(elevation.target)}\` may be given back at ${when}; a helper does that, and records it`
  }
  if (access === 'grant') return `${released}${afterlifeClause(elevation, deps.now())}`
  const end = formatLocalTime(locally(elevation.accessEndsAt, elevation), deps.now())
  return `${released}; keys handed out before work until ${end}`
}

function nothingNamed(): PimError {
  return new PimError('usage', 'missing-input', 'name a target, or say `--all`', {
    hint: '`pim status` shows what is active',
  })
}

function bothNamedAndAll(): PimError {
  return new PimError('usage', 'conflicting-flags', 'name targets or say `--all`, not both', {
    hint: '`pim release --all` gives everything back',
  })
}
