import { distance } from 'fastest-levenshtein'
import { PimError } from './errors.ts'
import { printable } from './printable.ts'

export const providerIds = ['aws', 'azure', 'entra', 'group'] as const

export type ProviderId = (typeof providerIds)[number]

/** Reads a provider's name, in whatever case. Throws `usage`, `unknown-provider`. */
export function parseProvider(name: string): ProviderId {
  const provider = providerIds.find((id) => id === name.toLowerCase())
  if (provider !== undefined) return provider
  throw new PimError('usage', 'unknown-provider', `there is no provider \`${printable(name)}\``, {
    hint: `it is one of ${providerIds.join(', ')}`,
  })
}

/** Something one can elevate to. Its text form is `<provider>:<path>`. */
export interface Target {
  readonly provider: ProviderId
  /** What follows the provider, in the spelling its owner gave it. */
  readonly path: string
  /** What one becomes there, as the provider names it. */
  readonly role: string
  /** Where it counts: an AWS account id, an ARM scope, a directory scope, a group's id; empty where only the provider knows. */
  readonly scope: string
  readonly scopeName?: string
  /** Further names it answers to. */
  readonly displayNames: readonly string[]
  /** When the standing right to it ends; absent where no end is known. */
  readonly eligibleUntil?: Date
  /** What its provider wants to be told again when it is activated: names and ids, never secrets. */
  readonly reference?: Readonly<Record<string, string>>
}

/** A target as typed, split but not yet looked up. */
export interface TargetText {
  readonly provider: ProviderId
  readonly path: string
}

export function formatTarget({ provider, path }: TargetText): string {
  return `${provider}:${path}`
}

/**
 * Splits `<provider>:<path>`. A role ARN stands for an `aws` target of itself.
 * Throws `usage` where the provider is missing or unknown.
 */
export function parseTargetText(text: string): TargetText {
  const trimmed = text.trim()
  if (/^arn:aws[\w-]*:/i.test(trimmed)) return { provider: 'aws', path: trimmed }
  const colon = trimmed.indexOf(':')
  const provider = providerIds.find((id) => id === trimmed.slice(0, colon).toLowerCase())
  const path = trimmed.slice(colon + 1)
  if (colon > 0 && provider !== undefined && path !== '') return { provider, path }
  throw new PimError('usage', 'invalid-target', `\`${printable(text)}\` is not a target`, {
    hint: `write <provider>:<path>, where the provider is ${providerIds.join(', ')}; \`pim list\` shows what there is`,
  })
}

/** Lower case, runs of anything but letters and digits become one hyphen: `User Administrator` is `user-administrator`. */
export function slug(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
}

/**
 * Finds the one target that a text means. The exact spelling wins; after it, case is ignored, and
 * the slug and the display names count. Never picks one of several.
 * Throws `usage` (`unknown-target`, `ambiguous-target`) naming candidates.
 */
export function matchTarget(wanted: TargetText, targets: readonly Target[]): Target {
  const there = targets.filter((target) => target.provider === wanted.provider)
  const exact = there.filter((target) => target.path === wanted.path)
  const loose = there.filter((target) => answersTo(target, wanted.path))
  const matches = exact.length > 0 ? exact : loose
  const [match, ...others] = matches
  if (match !== undefined && others.length === 0) return match
  throw match === undefined ? unknownTarget(wanted, there) : ambiguousTarget(wanted, matches)
}

function answersTo(target: Target, path: string): boolean {
  const folded = path.toLowerCase()
  const slugged = slugPath(path)
  // A path is written by its owner, and two that differ only in signs may both exist.
  return (
    target.path.toLowerCase() === folded ||
    target.displayNames.some(
      (name) => name.toLowerCase() === folded || (slugged !== '' && slugPath(name) === slugged),
    )
  )
}

/** A slash parts a path: `payments/prod` is not `payments-prod`. */
function slugPath(path: string): string {
  return path.split('/').map(slug).join('/')
}

function unknownTarget(wanted: TargetText, targets: readonly Target[]): PimError {
  const near = nearest(wanted.path, targets)
  return new PimError('usage', 'unknown-target', `no target \`${shown(wanted)}\``, {
    target: formatTarget(wanted),
    hint:
      near.length > 0
        ? `the nearest names are ${near.map((target) => `\`${shown(target)}\``).join(', ')}`
        : `nothing is eligible at ${wanted.provider}; \`pim list\` shows what there is`,
  })
}

function ambiguousTarget(wanted: TargetText, matches: readonly Target[]): PimError {
  const names = matches.map((target) => `\`${shown(target)}\``).join(', ')
  return new PimError('usage', 'ambiguous-target', `\`${shown(wanted)}\` is more than one target`, {
    target: formatTarget(wanted),
    hint: `write one of ${names}`,
  })
}

function shown(target: TargetText): string {
  return printable(formatTarget(target))
}

/** The three targets whose names hold the text, or are the fewest edits away. */
export function nearest(path: string, targets: readonly Target[]): readonly Target[] {
  const edits = (target: Target): number =>
    Math.min(
      ...[target.path, ...target.displayNames].map((name) =>
        distance(name.toLowerCase(), path.toLowerCase()),
      ),
    )
  const start = path.toLowerCase()
  const isStart = (target: Target): boolean =>
    start !== '' && target.path.toLowerCase().includes(start)
  return targets
    .map((target) => ({ target, edits: isStart(target) ? 0 : edits(target) }))
    .toSorted((one, other) => one.edits - other.edits)
    .slice(0, 3)
    .map(({ target }) => target)
}
