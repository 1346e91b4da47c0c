import fc from 'fast-check'
import { faults, type Fault } from './client.ts'
import { portalDeeds, type Kind, type PortalDeed } from './tenant.ts'

const commands = [
  'elevate',
  'elevate later',
  'release',
  'release --wait',
  'release --all',
  'extend',
  'wait',
  'cancel',
  'exec',
  'exec unattended',
  'status',
] as const
type CommandName = (typeof commands)[number]

/** One of pim's own commands: what its calls meet, when it is killed, what happens while it waits. */
export interface Command {
  readonly command: CommandName
  readonly kind: Kind
  readonly faults: readonly Fault[]
  readonly diesAt: number | undefined
  readonly meanwhile: readonly Change[]
}

/** What somebody else does, or befalls the machine. `who` counts the four accounts of the model. */
export type Change =
  | { readonly signIn: number }
  | { readonly signOut: number }
  | { readonly portal: PortalDeed; readonly who: number; readonly kind: Kind }
  | { readonly pass: number }
  | { readonly jump: number }
  | { readonly lag: number }
  | { readonly helper: true }

export type Step = Command | Change

const kinds = ['azure', 'entra', 'group'] as const satisfies Kind[]
const who = fc.nat(3)
const anyKind = fc.constantFrom(...kinds)
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ signIn: who }) },
  fc.record({ signOut: who }),
  {
    weight: 3,
    arbitrary: fc.record({ portal: fc.constantFrom(...portalDeeds), who, kind: anyKind }),
  },
  { weight: 2, arbitrary: fc.record({ pass: fc.constantFrom(1, 40, 200, 400, 700, 4000) }) },
  fc.record({ jump: fc.constantFrom(-7200, -600, -90, 90, 600, 7200) }),
  fc.record({ lag: fc.constantFrom(0, 0, 30, 270, 600) }),
  { weight: 2, arbitrary: fc.record({ helper: fc.constant(true as const) }) },
)
const anyCommand: fc.Arbitrary<Command> = fc.record({
  command: fc.constantFrom(...commands),
  kind: anyKind,
  faults: fc.oneof(
    fc.constant<Fault[]>([]),
    fc.array(fc.constantFrom('none' as const, 'none' as const, ...faults), { maxLength: 12 }),
  ),
  diesAt: fc.option(fc.nat(40), { nil: undefined, freq: 4 }),
  meanwhile: fc.array(anyChange, { maxLength: 2 }),
})
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: anyCommand },
  { weight: 2, arbitrary: anyChange },
)
