import type { FlightOptions, Flights } from '../../src/core/elevation/single-flight.ts'

/** A flight that has to wait for another one, and a promise of its waiting. */
export function queueUp(flights: Flights, options: FlightOptions, work: () => Promise<string>) {
  const { promise: isWaiting, resolve } = Promise.withResolvers<void>()
  const onWait = (): void => resolve()
  return { flight: flights.run('key', { ...options, onWait }, work), isWaiting }
}
