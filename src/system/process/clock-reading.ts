import { uptime } from 'node:os'

/** Undefined where the system does not tell how long it has been up. */
export type ReadClock = () => ClockReading | undefined

/** What this machine's clock showed, and how long the machine had been up. */
export interface ClockReading {
  readonly at: Date
  readonly uptimeSeconds: number
}

/** Clocks are corrected by a little all the time. */
const leewayMs = 2 * 60_000

/**
 * By how much the clock was set since a reading, in milliseconds: positive where it was put forward. Zero
 * where it was not, and where the machine was started again since, so that nothing can tell. A machine that
 * was paused looks as though its clock was put forward. The caller asks the provider in both cases.
 */
export function clockMovedMs(
  before: ClockReading | undefined,
  now: ClockReading | undefined,
): number {
  if (before === undefined || now === undefined || now.uptimeSeconds < before.uptimeSeconds)
    return 0
  const byClock = now.at.getTime() - before.at.getTime()
  const moved = byClock - (now.uptimeSeconds - before.uptimeSeconds) * 1000
  return Math.abs(moved) < leewayMs ? 0 : moved
}

/** Undefined where the system does not tell. */
export function uptimeSeconds(): number | undefined {
  try {
    return uptime()
  } catch {
    return undefined
  }
}
