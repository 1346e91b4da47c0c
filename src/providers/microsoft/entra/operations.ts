import type { Elevation } from '../../../core/elevation/elevation.ts'
import type {
  Activation,
  Attempt,
  Findings,
  Progress,
  Release,
  Standing,
} from '../../../core/provider.ts'
import type { Requirements } from '../../../core/elevation/requirements.ts'
import { formatTarget, type Target } from '../../../core/target.ts'
import type { MicrosoftClient } from '../http/client.ts'
import type { Asker } from './graph-context.ts'
import { standingOf, type Instance, type Right } from './schedule/schedule-instance.ts'
import { findActive } from './schedule/lists.ts'
import { progress } from './schedule/progress.ts'
import { release } from './schedule/release.ts'
import { activate, validate } from './schedule/activate.ts'
import type { Surface } from './schedule/schedule-api.ts'
import { whose } from './principal.ts'

/** What one surface of Graph can be asked. */
export interface Calls {
  readonly discover: (asker: Asker, signal: AbortSignal) => Promise<Findings>
  readonly requirements: (
    target: Target,
    asker: Asker,
    signal: AbortSignal,
  ) => Promise<Requirements>
  readonly current: (
    target: Target,
    asker: Asker,
    signal: AbortSignal,
  ) => Promise<Standing | undefined>
  readonly activate: (attempt: Attempt, asker: Asker) => Promise<Activation>
  readonly validate: (attempt: Attempt, asker: Asker) => Promise<void>
  readonly progress: (elevation: Elevation, asker: Asker, signal: AbortSignal) => Promise<Progress>
  readonly isEffective: (
    elevation: Elevation,
    asker: Asker,
    signal: AbortSignal,
  ) => Promise<boolean>
  readonly release: (elevation: Elevation, asker: Asker, signal: AbortSignal) => Promise<Release>
}

type Noted = Readonly<Record<string, string>> | undefined

/** In what one surface differs from the other. */
interface Own<Its extends Right> {
  /** What a target's reference, or an elevation's facts, speak of. */
  readonly rightOf: (noted: Noted, target: string) => Its
  readonly discover: (asker: Asker, signal: AbortSignal) => Promise<Findings>
  readonly requirements: (
    right: Its,
    client: MicrosoftClient,
    signal: AbortSignal,
  ) => Promise<Requirements>
  readonly isEffective: (
    right: Its,
    facts: Elevation['facts'],
    asker: Asker,
    signal: AbortSignal,
  ) => Promise<boolean>
}

/** Everything that a surface can be asked: what both answer alike, and what is its own. */
export function callsOf<Its extends Right>(surface: Surface<Instance>, own: Own<Its>): Calls {
  const meant = (target: Target): Its => own.rightOf(target.reference, formatTarget(target))
  const held = ({ facts, target }: Elevation): Its => own.rightOf(facts, target)
  return {
    discover: own.discover,
    requirements: async (target, { client }, signal) =>
      own.requirements(meant(target), client, signal),
    current: async (target, asker, signal) => {
      const row = await findActive(surface, meant(target), asker, signal)
      return row && standingOf(row, target.path, await whose(asker.client, signal))
    },
    activate: async (attempt, asker) =>
      activate(surface, meant(attempt.plan.target), attempt, asker),
    validate: async (attempt, asker) =>
      validate(surface, meant(attempt.plan.target), attempt, asker),
    progress: async (elevation, asker, signal) =>
      progress(surface, held(elevation), elevation, asker, signal),
    isEffective: async (elevation, asker, signal) =>
      own.isEffective(held(elevation), elevation.facts, asker, signal),
    release: async (elevation, asker, signal) =>
      release(surface, held(elevation), elevation, asker, signal),
  }
}
