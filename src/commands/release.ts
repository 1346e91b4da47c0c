import { locally, type Elevation } from '../core/elevation.ts'
import { asPimError, PimError, worstExitCode } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { formatTarget } from '../core/target.ts'
import type { Deps } from '../deps.ts'
import { resolveTargets } from '../flows/discover.ts'
import { currentElevations } from '../flows/current.ts'
import { release } from '../flows/release.ts'
import { formatLocalTime } from '../ui/clock.ts'
import { elevationJson, elevationsJson, failureJson } from '../ui/elevation.ts'

export interface ReleaseFlags {
  readonly all?: boolean
}

/** `pim release [target…|--all]`: gives elevations back; what is not active is no error. */
export async function releaseCommand(
  words: readonly string[],
  flags: ReleaseFlags,
  deps: Deps,
): Promise<number> {
  const { io } = deps
  const targets = await targetsToRelease(words, flags, deps)
  const results = await Promise.all(targets.map((target) => attempt(target, deps)))
  for (const { target, elevation, error } of results) {
    if (error !== undefined) io.error(error)
    else
      io.note(
        elevation === undefined ? `\`${printable(target)}\` is not active` : said(elevation, deps),
      )
  }
  if (io.wantsJson) {
    io.json(
      elevationsJson(
        results.flatMap(({ target, elevation, error }) => {
          if (error !== undefined) return [failureJson(target, error)]
          return elevation === undefined ? [] : [elevationJson(elevation, true)]
        }),
      ),
    )
  }
  return worstExitCode(results.map(({ error }) => error?.exitCode ?? 0))
}

async function targetsToRelease(
  words: readonly string[],
  { all }: ReleaseFlags,
  deps: Deps,
): Promise<readonly string[]> {
  if (all === true && words.length > 0) throw bothNamedAndAll()
  if (all === true) return (await currentElevations(deps)).map(({ target }) => target)
  if (words.length === 0) throw nothingNamed()
  const known = await Promise.all(words.map((word) => deps.records.get(word)))
  const unknown = words.filter((_, index) => known[index] === undefined)
  const resolved = await resolveTargets(unknown, deps)
  return [
    ...new Set([...words.filter((word) => !unknown.includes(word)), ...resolved.map(formatTarget)]),
  ]
}

interface Result {
  readonly target: string
  readonly elevation?: Elevation | undefined
  readonly error?: PimError
}

async function attempt(target: string, deps: Deps): Promise<Result> {
  try {
    return { target, elevation: await release(target, deps) }
  } catch (error) {
    return { target, error: asPimError(error).about(target) }
  }
}

/** AWS takes no session back: keys that went elsewhere work until they end. */
function said(elevation: Elevation, deps: Deps): string {
  const end = formatLocalTime(locally(elevation.accessEndsAt, elevation), deps.now())
  return `released \`${printable(elevation.target)}\`; keys handed out before work until ${end}`
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
