import { latestOf, locally, type Elevation } from '../../core/elevation/elevation.ts'
import type { NotAsked } from '../../core/elevation/not-asked.ts'
import { asPimError, PimError, worstExitCode } from '../../core/errors.ts'
import { formatIdentity, ofChoice } from '../../core/identity/identity.ts'
import { printable, typed } from '../../core/printable.ts'
import type { Revocation } from '../../core/elevation/revocation.ts'
import { parseTargetText } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { oncePerError } from '../provider-troubles.ts'
import { release, type Released } from '../../flows/release/release.ts'
import { finishAbandoned } from '../../flows/record/unfinished.ts'
import { formatLocalTime } from '../../core/time/local-time.ts'
import { afterlifeClause, elevationJson, elevationsJson, failureJson } from '../../ui/elevation.ts'
import { leftOutLines, notAskedJson } from '../../ui/not-asked.ts'
import { notRevoked, revocationJson, revokedLines } from '../../ui/revocation.ts'
import { renderCommand } from '../../ui/shell.ts'
import { whatToRelease, type ToRelease } from './release-targets.ts'

export interface ReleaseFlags {
  readonly all?: boolean
  readonly wait?: boolean
  readonly revoke?: boolean
}

/** `pim release [target…|--all]`: releases elevations; what is not active is no error. */
export async function releaseCommand(
  words: readonly string[],
  flags: ReleaseFlags,
  deps: Deps,
): Promise<number> {
  const { io } = deps
  await finishAbandoned(deps, io.detail)
  const { wanted, troubles, notAsked } = await whatToRelease(words, flags, deps)
  for (const trouble of oncePerError(troubles)) io.error(named(trouble))
  if (wanted.length === 0 && troubles.length === 0) io.note(nothingActive(notAsked, deps))
  for (const line of leftOutLines(notAsked, { verb: 'released' })) io.note(line)
  const results = (await Promise.all(wanted.map((one) => attemptEach(one, flags, deps)))).flat()
  await finishAbandoned(deps, io.detail)
  for (const { target, elevation, error } of results) {
    if (error !== undefined) io.error(error)
    else if (elevation === undefined) io.note(`\`${printable(target)}\` is not active`)
    else await say(elevation, flags, deps)
  }
  if (io.wantsJson) {
    const entries = results.flatMap(({ target, elevation, standing, error }) => {
      if (error !== undefined) return [notReleasedJson(target, standing, error)]
      return elevation === undefined ? [] : [releasedJson(elevation)]
    })
    const errors = troubles.map(({ provider, identity, error }) => ({
      ...(provider !== undefined && { provider }),
      ...(identity !== undefined && { identity }),
      error: error.toJSON(),
    }))
    io.json({
      ...elevationsJson(entries),
      ...(flags.all === true && { errors, notAsked: notAsked.map(notAskedJson) }),
    })
  }
  return worstExitCode([...results.map(exitCodeOf), ...troubles.map(({ error }) => error.exitCode)])
}

/** Of a provider that nobody is signed in to, only what this machine remembers is known. */
function nothingActive(notAsked: readonly NotAsked[], { globals }: Deps): string {
  const silent = notAsked.filter(({ reason }) => reason === 'not-signed-in')
  const nothing = `No active elevations${ofChoice(globals)}`
  if (silent.length === 0) return nothing
  const names = silent.map(({ provider }) => provider).join(', ')
  return `${nothing} from this machine. Not signed in to ${names}`
}

/** Who could not be asked, where a sign-in is known. */
function named({ providers, identity, error }: ReturnType<typeof oncePerError>[number]): PimError {
  const who = identity === undefined ? '' : ` as ${printable(formatIdentity(identity))}`
  return providers === '' ? error : error.about(`${providers}${who}`)
}

function releasedJson(elevation: Released): Readonly<Record<string, unknown>> {
  const { revocation } = elevation
  const entry = elevationJson(elevation, true)
  return revocation === undefined ? entry : { ...entry, revocation: revocationJson(revocation) }
}

function exitCodeOf({ error, elevation }: Result): number {
  if (error !== undefined) return error.exitCode
  const revocation = elevation?.revocation
  return revocation?.state === 'not-revoked' ? revocation.error.exitCode : 0
}

interface Result {
  readonly target: string
  readonly elevation?: Released | undefined
  /** What is in force all the same where it could not be given back. */
  readonly standing?: Elevation | undefined
  readonly error?: PimError
}

async function attemptEach(
  { text, elevations }: ToRelease,
  flags: ReleaseFlags,
  deps: Deps,
): Promise<readonly Result[]> {
  if (elevations.length > 0) {
    return Promise.all(elevations.map((elevation) => attempt(elevation, flags, deps)))
  }
  try {
    if (flags.revoke === true) await assertNothingToRevoke(text, deps)
    return [{ target: text }]
  } catch (thrown) {
    return [{ target: text, error: asPimError(thrown).about(text) }]
  }
}

async function attempt(
  known: Elevation,
  { all, wait, revoke }: ReleaseFlags,
  deps: Deps,
): Promise<Result> {
  const { target } = known
  try {
    const elevation = await release(known, deps, {
      ...patience(target, wait === true, deps),
      ...(revoke === true && { revoke }),
    })
    if (elevation === undefined && revoke === true) await assertNothingToRevoke(target, deps)
    return { target, elevation }
  } catch (thrown) {
    const error = forAll(asPimError(thrown).about(target), all === true)
    const standing = await latestOf(known, deps.records).catch(() => known)
    return { target, standing: standing ?? known, error }
  }
}

/** A release that fails ends nothing: the state is that of what still stands. */
function notReleasedJson(
  target: string,
  standing: Elevation | undefined,
  error: PimError,
): Readonly<Record<string, unknown>> {
  if (standing === undefined) return failureJson({ target }, error)
  return { ...elevationJson(standing, false), error: error.toJSON() }
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

/** A right that is not there gives nothing; keys that went elsewhere may still work. */
async function assertNothingToRevoke(text: string, deps: Deps): Promise<void> {
  const { access } = await deps.provider(parseTargetText(text).provider)
  if (access === 'grant') return
  throw new PimError(
    'usage',
    'nothing-to-revoke',
    `\`${text}\` is not active here: pim does not know which sessions to deny`,
    {
      target: text,
      hint: `\`pim elevate ${typed(text)}\` and release that with \`--revoke\`: older sessions of the same source identity are denied with it`,
    },
  )
}

async function say(elevation: Released, flags: ReleaseFlags, deps: Deps): Promise<void> {
  const { io } = deps
  io.note(await said(elevation, deps))
  const { revocation } = elevation
  if (revocation !== undefined) sayRevocation(revocation, elevation, deps)
  else if (flags.revoke === true) {
    io.note(
      `\`--revoke\` changes nothing for \`${printable(elevation.target)}\`; Microsoft ends it at once`,
    )
  }
}

/** The command for an administrator is what was asked for, and so it is data. */
function sayRevocation(revocation: Revocation, elevation: Elevation, { io }: Deps): void {
  if (revocation.state === 'revoked') {
    for (const line of revokedLines(revocation, elevation)) io.note(line)
    return
  }
  io.error(notRevoked(revocation))
  const { policy } = revocation
  if (policy !== undefined && !io.wantsJson) io.out(renderCommand(policy.putCommand))
}

/** AWS takes no session back: keys that went elsewhere work until they end. */
async function said(elevation: Released, deps: Deps): Promise<string> {
  const released = `released \`${printable(elevation.target)}\``
  const { access } = await deps.provider(elevation.provider)
  if (elevation.releasesAt !== undefined) {
    const when = formatLocalTime(elevation.releasesAt, deps.now())
    return `\`${printable(elevation.target)}\` can be released at ${when}; a background helper releases it then`
  }
  if (access === 'grant') return `${released}${afterlifeClause(elevation, deps.now())}`
  const end = formatLocalTime(locally(elevation.accessEndsAt, elevation), deps.now())
  return elevation.revocation?.state === 'revoked'
    ? `${released}; its keys end at ${end}`
    : `${released}; keys already handed out keep working until ${end}`
}
