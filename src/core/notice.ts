import { milliseconds, minutes, type Duration } from './time/duration.ts'
import { isLive, remaining, type Elevation } from './elevation/elevation.ts'
import type { NoticeSettings, NoticeWay } from './settings/settings.ts'

/** How long before an end, and how, a person is told of it. */
export interface NoticeWish {
  readonly before: Duration
  readonly by: NoticeWay
}

/** What a person set, else five minutes before; undefined where nobody wants to be told. */
export function noticeWish({ before = minutes(5), by = 'both' }: NoticeSettings = {}):
  | NoticeWish
  | undefined {
  return before === 'off' ? undefined : { before, by }
}

/** What a desktop shows: plain text, in which nothing is a stranger's markup or control character. */
export interface DesktopNotice {
  readonly title: string
  readonly body: string
}

/** The end that was told of, by the elevation's id. */
export type GivenNotices = ReadonlyMap<string, Date>

/**
 * The elevations whose end a person is to be told of now: it is near, has not come, and was not told of
 * before. What was prolonged meanwhile has a new end, and is told of again.
 */
export function dueNotices(
  elevations: readonly Elevation[],
  before: Duration,
  now: Date,
  given: GivenNotices,
): readonly Elevation[] {
  return elevations.filter(
    (elevation) => isEnding(elevation, before, now) && !wasTold(elevation, given),
  )
}

/** Whether it is active and ends within so long. What a helper gives back has been given up already. */
export function isEnding(elevation: Elevation, before: Duration, now: Date): boolean {
  return (
    isLive(elevation, now) &&
    elevation.releasesAt === undefined &&
    remaining(elevation, now).seconds <= before.seconds
  )
}

/** Providers round: an end that moves by less is the same one. */
const sameEnd = minutes(1)

function wasTold({ id, expiresAt }: Elevation, given: GivenNotices): boolean {
  const told = given.get(id)
  return told !== undefined && expiresAt.getTime() - told.getTime() < milliseconds(sameEnd)
}

/** With these told of as well. */
export function withGiven(given: GivenNotices, told: readonly Elevation[]): GivenNotices {
  return new Map([...given, ...told.map(({ id, expiresAt }) => [id, expiresAt] as const)])
}
