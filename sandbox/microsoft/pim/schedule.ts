import { after, milliseconds, parseDuration, seconds } from '../../../src/core/time/duration.ts'
import type { Duration } from '../../../src/core/time/duration.ts'
import { PimError } from '../../../src/core/errors.ts'
import { badRequest } from '../server/error.ts'

/** When an activation is to begin and end, as it was asked for. */
export interface Schedule {
  /** Undefined: at once. */
  readonly startsAt: Date | undefined
  readonly expiration: 'AfterDuration' | 'AfterDateTime' | 'NoExpiration'
  /** As it was written, as in `PT8H`. */
  readonly duration: string | undefined
  readonly endsAt: Date | undefined
}

/** A schedule as both APIs write it; Graph begins the type with a small letter. */
export interface ScheduleText {
  readonly startDateTime?: string | null | undefined
  readonly expiration?:
    | {
        readonly type?: string | null | undefined
        readonly duration?: string | null | undefined
        readonly endDateTime?: string | null | undefined
      }
    | null
    | undefined
}

const expirations = ['AfterDuration', 'AfterDateTime', 'NoExpiration'] as const

/** Reads a schedule. Throws 400 where it is not of the form. */
export function readSchedule(text: ScheduleText | null | undefined): Schedule {
  const { type, duration, endDateTime } = text?.expiration ?? {}
  const wanted = (type ?? 'NoExpiration').toLowerCase()
  const expiration = expirations.find((one) => one.toLowerCase() === wanted)
  if (expiration === undefined) throw badRequest(`'${type}' is not a type of expiration.`)
  return {
    startsAt: readDate(text?.startDateTime),
    expiration,
    duration: duration ?? undefined,
    endsAt: readDate(endDateTime),
  }
}

/** How long it is to last from `start`; undefined where it is to last for ever. */
export function lengthOf(schedule: Schedule, start: Date): Duration | undefined {
  switch (schedule.expiration) {
    case 'NoExpiration':
      return undefined
    case 'AfterDateTime': {
      const { endsAt } = schedule
      if (endsAt === undefined) throw badRequest('The expiration has no endDateTime.')
      return seconds(Math.floor((endsAt.getTime() - start.getTime()) / 1000))
    }
    case 'AfterDuration':
      return readDuration(schedule.duration)
  }
}

/** The end of an activation that begins at `start`. */
export function endOf(schedule: Schedule, start: Date): Date | undefined {
  const length = lengthOf(schedule, start)
  return length === undefined ? undefined : after(start, length)
}

export function isWithin(duration: Duration, now: Date, start: Date): boolean {
  return now.getTime() - start.getTime() < milliseconds(duration)
}

function readDuration(text: string | undefined): Duration {
  if (text === undefined || !text.startsWith('P')) {
    throw badRequest('The expiration has no duration in the form of ISO 8601.')
  }
  try {
    return parseDuration(text)
  } catch (error) {
    if (error instanceof PimError) throw badRequest(`'${text}' is not a duration.`)
    throw error
  }
}

function readDate(text: string | null | undefined): Date | undefined {
  if (text === null || text === undefined) return undefined
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw badRequest(`'${text}' is not a time.`)
  return date
}
