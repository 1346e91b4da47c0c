import type { ElevationPlan } from './elevation/plan.ts'
import type { CloudIdentity } from './provider.ts'

/** What a person is told on the way; silent where nobody listens. */
export interface Reporter {
  readonly plan: (plan: ElevationPlan, identity: CloudIdentity | undefined) => void
  readonly notice: (target: string, text: string) => void
  readonly waiting: (target: string, holder: string | undefined) => void
  /** Something a person wants to know at once. */
  readonly news: (target: string, text: string) => void
  /** Something takes its time: what, and for how long so far. */
  readonly progress: (target: string, text: string, elapsedSeconds: number) => void
  /** Gives back what the provider answers, and says meanwhile that the answer is still to come. */
  readonly asking: <Answer>(target: string, answer: Promise<Answer>) => Promise<Answer>
}
