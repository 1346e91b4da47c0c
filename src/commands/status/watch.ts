import { setTimeout as delay } from 'node:timers/promises'
import type { Elevation } from '../../core/elevation/elevation.ts'
import {
  dueNotices,
  isEnding,
  noticeWish,
  withGiven,
  type GivenNotices,
} from '../../core/notice.ts'
import type { Deps } from '../../deps/deps.ts'
import { current } from '../../flows/track/active.ts'
import { endingWords } from '../../ui/notice.ts'
import { confirmed, remembered, show, type Confirmed, type Known } from './active.ts'
import { movesCursor } from '../../ui/output/style.ts'
import { tell } from '../use/expiry-notices.ts'
import { createOffers, extendKey } from './extend-key.ts'

const clearScreen = '\u001B[H\u001B[2J'

/** How often a provider is asked while somebody looks on. */
const askEverySeconds = 30

/**
 * Shows it anew every second until interrupted, or nobody reads it any more: in place on a terminal,
 * and as JSON a line each. Tells of each end before it comes, and offers to extend.
 */
export async function watch(deps: Deps): Promise<number> {
  const { host } = deps
  const left = new AbortController()
  const signal = AbortSignal.any([deps.signal, left.signal])
  const own: Deps = { ...deps, signal }
  const nearEnds = await createNearEnds(own)
  const offers = createOffers(deps, () => left.abort())
  let troubles: readonly Known[] = []
  let unreadable: Confirmed['unreadable'] = []
  try {
    for (let second = 0; !signal.aborted; second += 1) {
      if (second % askEverySeconds === 0) {
        const found = await confirmed(own)
        unreadable = found.unreadable
        troubles = found.known.filter(({ trouble }) => trouble !== undefined)
      }
      const all = await remembered({}, own)
      const elevations = current(all.elevations, own.now())
      const near = nearEnds(elevations)
      const offered = await offers.open(near.all[0])
      if (drawsInPlace(host)) host.stdout.write(clearScreen)
      const scrolls = host.stdout.isTerminal && !drawsInPlace(host)
      if (!scrolls || second % askEverySeconds === 0) {
        await show(
          { ...all, unreadable, known: knownNow(all.elevations, elevations, troubles) },
          own,
          'line',
        )
      }
      near.tell(offered)
      offers.sayLast()
      if (host.stdout.isAbandoned) return 0
      const key = await (offers.next(1000, signal) ?? pause(1000, signal))
      if (offered === undefined || key?.toLowerCase() !== extendKey) continue
      await offers.extend(offered)
      second = -1
    }
  } finally {
    offers.close()
  }
  return 130
}

/** What is current, and what has ended by the clock alone, since nobody could be asked about it. */
function knownNow(
  all: readonly Elevation[],
  live: readonly Elevation[],
  troubles: readonly Known[],
): readonly Known[] {
  const troubleOf = ({ id }: Elevation) => troubles.find(({ elevation }) => elevation.id === id)
  const unknown = all.filter((each) => !live.includes(each) && troubleOf(each) !== undefined)
  return [...unknown, ...live].map((elevation) => troubleOf(elevation) ?? { elevation })
}

function drawsInPlace({ stdout, env, platform }: Deps['host']): boolean {
  return stdout.isTerminal && movesCursor(env, platform)
}

/** The ends that are near at a moment. */
interface NearEnds {
  /** The first to come first. */
  readonly all: readonly Elevation[]
  /** Rings, and says each; what is `offered` by its key. */
  readonly tell: (offered: Elevation | undefined) => void
}

async function createNearEnds(deps: Deps): Promise<(elevations: readonly Elevation[]) => NearEnds> {
  const { io, host, now } = deps
  const wish = noticeWish((await deps.settings()).notice)
  if (wish === undefined) return () => ({ all: [], tell: () => {} })
  let given: GivenNotices = new Map()
  return (elevations) => {
    const all = elevations.filter((elevation) => isEnding(elevation, wish.before, now()))
    const due = dueNotices(elevations, wish.before, now(), given)
    given = withGiven(given, due)
    return {
      all,
      tell: (offered) => {
        // Where the screen is drawn anew each time, what is near stays on it.
        for (const elevation of drawsInPlace(host) && !io.wantsJson ? all : due) {
          const key = elevation === offered ? extendKey : undefined
          io.notice(endingWords(elevation, now(), key).line)
        }
        for (const elevation of due) {
          void tell({ desktop: endingWords(elevation, now()).desktop }, wish.by, deps)
        }
      },
    }
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<undefined> {
  await delay(milliseconds, undefined, { signal }).catch(() => {})
}
