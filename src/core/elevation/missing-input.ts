import { PimError } from '../errors.ts'
import type { ElevationRequest } from './request.ts'
import type { Requirements } from './requirements.ts'
import { formatTarget } from '../target.ts'

/** Something that was not given, and must be. */
export type MissingInput =
  | { readonly input: 'target' | 'command' | 'justification' | 'request' | 'consent' }
  | { readonly input: 'ticket'; readonly target: string }
  | { readonly input: 'mfa-code'; readonly target: string; readonly device: string }

/** What a request must have for a target, and does not. Codes are asked for when they are needed. */
export function missingFrom(
  request: Pick<ElevationRequest, 'target' | 'justification' | 'ticket'>,
  requirements: Pick<Requirements, 'ticket'>,
): readonly MissingInput[] {
  const target = formatTarget(request.target)
  return [
    ...(request.justification === undefined ? [{ input: 'justification' } as const] : []),
    ...(requirements.ticket === true && request.ticket === undefined
      ? [{ input: 'ticket', target } as const]
      : []),
  ]
}

/** One error that names all of it, and how to give it. `sign-in` where only a code is missing. */
export function missingInput(missing: readonly MissingInput[], example?: string): PimError {
  const kinds = order.filter((kind) => missing.some(({ input }) => input === kind))
  const [only] = kinds.length === 1 ? kinds : []
  const code = (only === undefined ? undefined : codes[only]) ?? 'missing-input'
  const words = kinds.map((kind) => describe(kind, missing))
  const isOne = words.length === 1 && only !== 'request'
  return new PimError(
    only === 'mfa-code' ? 'sign-in' : 'usage',
    code,
    `${listed(words)} ${isOne ? 'is' : 'are'} needed`,
    {
      target: onlyTarget(missing),
      hint: example ?? hintFor(kinds, missing),
      ...(only === 'mfa-code' && { ownInput: true }),
    },
  )
}

type Kind = MissingInput['input']

const order: readonly Kind[] = [
  'target',
  'request',
  'command',
  'justification',
  'ticket',
  'mfa-code',
  'consent',
]

const codes: Readonly<Partial<Record<Kind, string>>> = {
  justification: 'missing-justification',
  ticket: 'ticket-required',
  'mfa-code': 'mfa-needed',
  command: 'missing-command',
}

const flags: Readonly<Record<Kind, string>> = {
  target: 'a target, as in `aws:prod-admin`',
  request: 'ids of requests',
  command: '`-- COMMAND`',
  justification: '`-j/--justification TEXT`',
  ticket: '`-t/--ticket [SYSTEM:]NUMBER`',
  'mfa-code': '`--mfa-token CODE`',
  consent: '`--yes`',
}

function describe(kind: Kind, missing: readonly MissingInput[]): string {
  switch (kind) {
    case 'target':
      return 'a target'
    case 'request':
      return 'the ids of requests'
    case 'command':
      return 'a command to run'
    case 'justification':
      return 'a justification'
    case 'consent':
      return 'your consent to a gap'
    case 'ticket':
      return `a ticket for ${listed(namesOf(kind, missing))}`
    case 'mfa-code': {
      const devices = missing.flatMap((each) => (each.input === 'mfa-code' ? [each.device] : []))
      const whose = [...new Set(devices)].join(' and ')
      return `a one-time code of ${whose} for ${listed(namesOf(kind, missing), 'and another for')}`
    }
  }
}

function hintFor(kinds: readonly Kind[], missing: readonly MissingInput[]): string {
  const codesNeeded = missing.filter(({ input }) => input === 'mfa-code').length
  if (codesNeeded > 1) {
    return 'each code works once: elevate to these targets one after the other, or in a terminal'
  }
  return `add ${listed(kinds.map((kind) => flags[kind]))}, or run this in a terminal`
}

function namesOf(kind: Kind, missing: readonly MissingInput[]): readonly string[] {
  const targets = missing.flatMap((each) =>
    each.input === kind && 'target' in each ? [`\`${each.target}\``] : [],
  )
  return [...new Set(targets)]
}

function onlyTarget(missing: readonly MissingInput[]): string | undefined {
  const targets = new Set(missing.flatMap((each) => ('target' in each ? [each.target] : [])))
  return targets.size === 1 ? [...targets][0] : undefined
}

function listed(words: readonly string[], last = 'and'): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`
}
