import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seconds } from '../../../src/core/time/duration.ts'
import type { Elevation } from '../../../src/core/elevation/elevation.ts'
import { cap, planElevation } from '../../../src/core/elevation/plan.ts'
import type { ElevationRequest } from '../../../src/core/elevation/request.ts'
import type { Requirements } from '../../../src/core/elevation/requirements.ts'
import {
  elevation,
  elevationWithLeft,
  hours,
  minutes,
  noon,
  requirements,
  target,
} from '../sample-elevations.ts'

const prod = target('prod-admin')
const asked: ElevationRequest = { target: prod, justification: 'restart', force: false }

function decide(
  request: Partial<ElevationRequest> = {},
  demands: Partial<Requirements> = {},
  current?: Elevation,
) {
  return planElevation({
    request: { ...asked, ...request },
    requirements: requirements(demands),
    current,
    now: noon,
    id: 'e2',
  })
}

function planned(...given: Parameters<typeof decide>) {
  const decision = decide(...given)
  if (decision.kind !== 'elevate') throw new Error('nothing was planned')
  return decision.plan
}

describe('how long a plan lasts', () => {
  test.each([
    ['an hour unless told', {}, {}, 3600],
    ['as asked', { duration: hours(2) }, {}, 7200],
    ['as its owner set it', {}, { defaultDuration: minutes(30) }, 1800],
    ['as asked rather than set', { duration: minutes(20) }, { defaultDuration: minutes(30) }, 1200],
    ['no longer than allowed', { duration: hours(12) }, { maxDuration: hours(4) }, 14_400],
    ['the default is cut too', {}, { maxDuration: minutes(30) }, 1800],
    ['what is set is cut too', {}, { defaultDuration: hours(8), maxDuration: hours(1) }, 3600],
    [
      'as asked where no limit is known',
      { duration: hours(9) },
      { maxDuration: 'unknown' },
      32_400,
    ],
    [
      'no longer than is possible at all where the limit is unknown',
      { duration: hours(13) },
      { maxDuration: 'unknown', hardLimit: hours(12) },
      43_200,
    ],
  ] as const)('%s', (_, request, demands, count) => {
    expect(planned(request, demands).duration.seconds).toBe(count)
  })

  test('says so where it was cut, and why, and nothing otherwise', () => {
    const cut = planned(
      { duration: hours(2) },
      { maxDuration: hours(1), maxDurationReason: 'the longest that AWS grants' },
    )
    expect(cut.notices).toEqual(['2h was asked for; 1h is the longest that AWS grants'])
    expect(cut.asked).toEqual(hours(2))
    expect(planned({ duration: hours(1) }, { maxDuration: hours(1) }).notices).toEqual([])
  })

  test('shorter than the shortest is refused here, and what is as long is not', () => {
    const shortest = { minDuration: minutes(15) }
    expect(() => planned({ duration: seconds(899) }, shortest)).toThrow(
      expect.objectContaining({
        code: 'duration-too-short',
        exitCode: 2,
        target: 'aws:prod-admin',
        hint: expect.stringContaining('15m'),
      }),
    )
    expect(planned({ duration: minutes(15) }, shortest).duration).toEqual(minutes(15))
  })

  test('a plan never outlives the shortest limit, nor what was asked', () => {
    const span = fc.integer({ min: 1, max: 200_000 }).map(seconds)
    fc.assert(
      fc.property(span, span, fc.array(span), (wanted, longest, caps) => {
        const first = planned({ duration: wanted }, { maxDuration: longest })
        const last = caps.reduce((plan, limit) => cap(plan, limit), first)
        const limits = [wanted, longest, ...caps].map((limit) => limit.seconds)
        expect(last.duration.seconds).toBe(Math.min(...limits))
        expect(last.asked).toEqual(wanted)
        expect(last.notices.length > 0).toBe(last.duration.seconds < wanted.seconds)
      }),
    )
  })
})

describe('what a plan needs', () => {
  test('no plan is made without a justification, whatever else is given', () => {
    const unsaid = fc.record({
      force: fc.boolean(),
      duration: fc.integer({ min: 1, max: 90_000 }).map(seconds),
      ticket: fc.constantFrom({ number: '1' }, { system: 'JIRA', number: 'OPS-1' }),
    })
    fc.assert(
      fc.property(unsaid, (given) => {
        const { justification: _, ...bare } = { ...asked, ...given }
        expect(() =>
          planElevation({
            request: bare,
            requirements: requirements({ justification: false }),
            current: undefined,
            now: noon,
            id: 'e2',
          }),
        ).toThrow(
          expect.objectContaining({
            code: 'missing-justification',
            exitCode: 2,
            target: 'aws:prod-admin',
          }),
        )
      }),
    )
  })

  test('a ticket where one is demanded: exit 2, and the flag is named', () => {
    expect(() => decide({}, { ticket: true })).toThrow(
      expect.objectContaining({
        code: 'ticket-required',
        exitCode: 2,
        hint: expect.stringContaining('-t/--ticket'),
      }),
    )
    const ticket = { system: 'JIRA', number: 'OPS-1' }
    expect(planned({ ticket }, { ticket: true }).ticket).toEqual(ticket)
    expect(planned({}, { ticket: 'unknown' })).not.toHaveProperty('ticket')
  })

  test('it carries the devices that will be asked for, the id and the time', () => {
    expect(planned({}, { mfaDevices: ['a', 'b'] })).toMatchObject({
      mfaDevices: ['a', 'b'],
      id: 'e2',
      requestedAt: noon,
      target: prod,
    })
  })
})

describe('what is active already', () => {
  const left = elevationWithLeft
  test.each([
    ['with an hour left', left(hours(1)), {}, true],
    ['with just five minutes left', left(minutes(5)), {}, true],
    ['with less than five minutes left', left(seconds(299)), {}, false],
    ['ended', left(seconds(0)), {}, false],
    ['released', elevation({ state: 'released' }), {}, false],
    ['with force', left(hours(1)), { force: true }, false],
    ['shorter than what is asked now', left(hours(1)), { duration: hours(2) }, false],
    ['as long as asked', left(hours(1)), { duration: hours(1) }, true],
    ['nearly as long as asked', left(minutes(56)), { duration: hours(1) }, true],
    ['clearly shorter than asked', left(minutes(54)), { duration: hours(1) }, false],
    ['longer than asked', left(hours(1)), { duration: minutes(20) }, true],
    ['nothing', undefined, {}, false],
  ] as const)('%s', (_, current, request, isEnough) => {
    const decision = decide(request, {}, current)
    expect(decision.kind).toBe(isEnough ? 'already-active' : 'elevate')
    if (decision.kind === 'already-active') expect(decision.elevation).toBe(current)
  })

  test('needs neither justification nor ticket', () => {
    const { justification: _, ...bare } = asked
    const decision = planElevation({
      request: bare,
      requirements: requirements({ ticket: true }),
      current: left(hours(1)),
      now: noon,
      id: 'e2',
    })
    expect(decision.kind).toBe('already-active')
  })
})
