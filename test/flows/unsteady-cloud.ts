import { after, minutes, seconds, type Duration } from '../../src/core/duration.ts'
import type { Elevation, ElevationState } from '../../src/core/elevation.ts'
import { PimError } from '../../src/core/errors.ts'
import { hasEnded } from '../../src/core/lifecycle.ts'
import type { Activation, Attempt, Progress, Release, Standing } from '../../src/core/provider.ts'
import { noon } from '../core/elevations.ts'
import { ops } from './grants.ts'

/** A request as the provider itself has it. */
export interface Held {
  readonly id: string
  readonly elevationId: string
  readonly duration: Duration
  readonly requestedAt: Date
  state: ElevationState
  startsAt: Date
  wasGranted: boolean
}

/** What befalls one call: `unheard` and `unanswered` lose the question or the answer. */
export const faults = ['none', 'unheard', 'unanswered', 'late', 'unlisted', 'unknown'] as const
export type Fault = (typeof faults)[number]

/** What somebody else does there, to the request that was made last. */
export const deeds = ['approve', 'deny', 'cancel', 'fail', 'provision', 'release'] as const
export type Deed = (typeof deeds)[number]

/** A provider of rights with a clock of its own, and pim's clock beside it, which may jump. */
export class UnsteadyCloud {
  readonly held: Held[] = []
  /** What the next calls meet, in order; none after that. */
  faults: Fault[] = []
  /** What is done while an answer is late. */
  deedMeanwhile: Deed = 'approve'
  /** The state that an activation is answered with. */
  answer: Activation['state'] = 'active'
  #time = noon.getTime()
  #jumped = 0

  get time(): Date {
    return new Date(this.#time)
  }

  /** By the clock of this machine. */
  localTime(): Date {
    return new Date(this.#time + this.#jumped)
  }

  pass({ seconds: count }: Duration): void {
    this.#time += count * 1000
  }

  jump(count: number): void {
    this.#jumped += count * 1000
  }

  endOf({ startsAt, duration }: Held): Date {
    return after(startsAt, duration)
  }

  /** The state that is true now. */
  truth(held: Held): ElevationState {
    return held.state === 'active' && this.time >= this.endOf(held) ? 'expired' : held.state
  }

  do(deed: Deed): void {
    const last = this.held.at(-1)
    if (last === undefined) return
    const next = becomes(deed, this.truth(last))
    if (next === undefined) return
    last.state = next
    if (next !== 'active') return
    last.startsAt = this.time
    last.wasGranted = true
  }

  find(id: string | undefined): Held | undefined {
    return this.held.find((one) => one.id === id)
  }

  /** Does what is asked as the next fault lets it, and answers. */
  async meet<Answer>(work: (fault: Fault) => Answer): Promise<Answer> {
    const fault = this.faults.shift() ?? 'none'
    if (fault === 'unheard') throw lost()
    const answer = work(fault)
    if (fault === 'unanswered') throw lost()
    if (fault !== 'late') return answer
    this.do(this.deedMeanwhile)
    this.pass(seconds(40))
    return answer
  }

  activate({ plan }: Attempt, fault: Fault): Activation {
    if (this.held.some((one) => !hasEnded(this.truth(one)))) throw refused('pending-already')
    const state = this.answer
    this.held.push({
      id: `r-${plan.id}`,
      elevationId: plan.id,
      duration: plan.duration,
      requestedAt: this.time,
      startsAt: this.time,
      state,
      wasGranted: state === 'active',
    })
    const expiresAt = after(this.time, plan.duration)
    return {
      state: fault === 'unknown' ? 'provisioning' : state,
      startsAt: this.time,
      expiresAt,
      accessEndsAt: expiresAt,
      providerRequestId: `r-${plan.id}`,
      clockAheadMs: this.time.getTime() - this.localTime().getTime(),
      notices: [],
      facts: { groupId: 'g-1', ...(fault === 'unknown' && { unknownStatus: 'Pondering' }) },
    }
  }

  progress({ providerRequestId }: Elevation, fault: Fault): Progress {
    const held = this.find(providerRequestId)
    if (held === undefined) return { state: 'provisioning' }
    if (fault === 'unknown') throw new PimError('pending', 'unknown-status', 'it is `Pondering`')
    const state = this.truth(held)
    const times = { startsAt: held.startsAt, expiresAt: this.endOf(held) }
    // A request that was granted says so for ever; only the list of what is active shows the end.
    const isUnlisted = state === 'released' || (state === 'active' && fault === 'unlisted')
    if (isUnlisted) return { state: 'provisioning', ...times }
    return { state, ...(['active', 'expired'].includes(state) && times) }
  }

  current(fault: Fault): Standing | undefined {
    const held = this.held.find((one) => this.truth(one) === 'active')
    if (held === undefined || fault === 'unlisted') return undefined
    return {
      path: ops.path,
      startsAt: held.startsAt,
      expiresAt: this.endOf(held),
      providerRequestId: held.id,
      facts: { groupId: 'g-1' },
    }
  }

  release({ providerRequestId, clockAheadMs }: Elevation): Release {
    const held = this.find(providerRequestId)
    if (held === undefined || this.truth(held) !== 'active') return { state: 'released' }
    const possibleAt = after(held.startsAt, minutes(5))
    if (this.time < possibleAt) {
      return {
        state: 'not-yet',
        possibleAt: new Date(possibleAt.getTime() - clockAheadMs),
        why: 'too early',
      }
    }
    held.state = 'released'
    return { state: 'released' }
  }

  withdraw(id: string): void {
    const held = this.find(id)
    if (held?.state === 'canceled') return
    if (held === undefined || !['pending-approval', 'scheduled'].includes(held.state)) {
      throw refused('not-cancelable')
    }
    held.state = 'canceled'
  }
}

function becomes(deed: Deed, state: ElevationState): ElevationState | undefined {
  const isWaiting = state === 'pending-approval' || state === 'scheduled'
  switch (deed) {
    case 'approve':
      return isWaiting ? 'active' : undefined
    case 'deny':
      return isWaiting ? 'denied' : undefined
    case 'cancel':
      return isWaiting ? 'canceled' : undefined
    case 'fail':
      return isWaiting || state === 'provisioning' ? 'failed' : undefined
    case 'provision':
      return state === 'provisioning' ? 'active' : undefined
    case 'release':
      return state === 'active' ? 'released' : undefined
  }
}

function lost(): PimError {
  return new PimError('unavailable', 'no-answer', 'no answer')
}

function refused(code: string): PimError {
  return new PimError('refused', code, 'it is not possible now')
}
