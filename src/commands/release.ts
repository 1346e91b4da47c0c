import { locally, type Elevation } from '../core/elevation.ts'
import { asPimError, PimError, worstExitCode } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { formatTarget, type Target } from '../core/target.ts'
import type { Deps } from '../deps.ts'
import { resolveTargets } from '../flows/discover.ts'
import { everythingActive, type Active } from '../flows/everything-active.ts'
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
  const { active: wanted, troubles } = await whatToRelease(words, flags, deps)
  for (const { provider, error } of troubles) io.error(error.about(provider))
  if (wanted.length === 0 && troubles.length === 0) io.note('nothing is active')
  const results = await Promise.all(wanted.map((one) => attempt(one, flags, deps)))
  for (const { target, elevation, error } of results) {
    if (error !== undefined) io.error(error)
    else if (elevation === undefined) io.note(`\`${printable(target)}\` is not active`)
    else io.note(await said(elevation, deps))
  }
  if (io.wantsJson) {
    const entries = results.flatMap(({ target, elevation, error }) => {
      if (error !== undefined) return [failureJson(target, error)]
      return elevation === undefined ? [] : [elevationJson(elevation, true)]
    })
    const errors = troubles.map(({ provider, error }) => ({ provider, error: error.toJSON() }))
    io.json({ ...elevationsJson(entries), ...(flags.all === true && { errors }) })
  }
  return worstExitCode([...results, ...troubles].map(({ error }) => error?.exitCode ?? 0))
}

async function whatToRelease(
  words: readonly string[],
  { all }: ReleaseFlags,
  deps: Deps,
): ReturnType<typeof everythingActive> {
  if (all === true && words.length > 0) throw bothNamedAndAll()
  if (all === true) return everythingActive(deps)
  if (words.length === 0) throw nothingNamed()
  const known = await Promise.all(words.map((word) => deps.records.get(word)))
  const unknown = words.filter((_, index) => known[index] === undefined)
  const resolved = await resolveTargets(unknown, deps)
  const byText = new Map<string, Active>([
    ...words
      .filter((word) => !unknown.includes(word))
      .map((text): [string, Active] => [text, { text }]),
    ...resolved.map((target): [string, Active] => {
      const text = formatTarget(target)
      return [text, { text, target }]
    }),
  ])
  return { active: [...byText.values()], troubles: [] }
}

interface Result {
  readonly target: string
  readonly elevation?: Elevation | undefined
  readonly error?: PimError
}

async function attempt(
  { text, target }: Active,
  { all, wait, unlessWanted }: ReleaseFlags,
  deps: Deps,
): Promise<Result> {
  try {
    const unremembered = target && (await activeElsewhere(target, deps))
    const elevation = await release(text, deps, {
      ...(unremembered !== undefined && { unremembered }),
      ...patience(text, wait === true, deps),
      ...(unlessWanted && { onlyIf: (latest: Elevation) => isUnwanted(latest, deps) }),
    })
    return { target: text, elevation }
  } catch (error) {
    return { target: text, error: forAll(asPimError(error).about(text), all === true) }
  }
}

/** Who gives everything back waits for everything. */
function forAll(error: PimError, isAll: boolean): PimError {
  const { kind, code, message, target, provider, cause } = error
  if (!isAll || code !== 'too-early') return error
  const hint = '`pim release --all --wait` waits for that moment'
  return new PimError(kind, code, message, { target, hint, provider, cause })
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
