import type { Elevation } from '../../core/elevation/elevation.ts'
import { asPimError } from '../../core/errors.ts'
import { noticeWish } from '../../core/notice.ts'
import { printable } from '../../core/printable.ts'
import type { NoticeWay } from '../../core/settings/settings.ts'
import type { Deps } from '../../deps/deps.ts'
import { watchEnds, type ComingEnd } from '../../flows/use/expiry-watch.ts'
import { lentRightWords, lentSessionWords, type NoticeWords } from '../../ui/notice.ts'

/** A laptop that wakes up finds the clock moved on: the clock is looked at, no long timer is set. */
const lookEveryMs = 1000

/** Runs a command, and tells meanwhile of the end of what it was lent. The terminal is the command's. */
export async function whileTelling<Result>(
  lent: readonly Elevation[],
  run: () => Promise<Result>,
  deps: Deps,
): Promise<Result> {
  const wish = noticeWish((await deps.settings()).notice)
  if (wish === undefined) return run()
  const coming = watchEnds(await withAccess(lent, deps), wish.before, deps)
  let isOver = false
  const look = async (): Promise<void> => {
    for (const end of await coming()) {
      if (!isOver) await tell(wordsFor(end, deps), wish.by, deps)
    }
  }
  const stop = repeat(look, deps)
  try {
    return await run()
  } finally {
    isOver = true
    stop()
  }
}

/**
 * Rings and says it on the terminal, shows it on the desktop, or both. The bell serves where the desktop
 * does not.
 */
export async function tell(
  { line, desktop }: Partial<NoticeWords> & Pick<NoticeWords, 'desktop'>,
  by: NoticeWay,
  deps: Pick<Deps, 'io' | 'showOnDesktop'>,
): Promise<void> {
  if (by === 'desktop' && (await wasShown(desktop, deps))) return
  deps.io.ring()
  if (line !== undefined) deps.io.notice(line)
  if (by === 'both') await wasShown(desktop, deps)
}

/** Whether the desktop took it. Where not, that is no more than a detail. */
async function wasShown(
  notice: NoticeWords['desktop'],
  { io, showOnDesktop }: Pick<Deps, 'io' | 'showOnDesktop'>,
): Promise<boolean> {
  try {
    await showOnDesktop(notice)
    return true
  } catch (error) {
    io.detail(printable(asPimError(error).message))
    return false
  }
}

function withAccess(lent: readonly Elevation[], deps: Deps) {
  return Promise.all(
    lent.map(async (elevation) => {
      const { access } = await deps.provider(elevation.provider)
      return { elevation, access }
    }),
  )
}

function wordsFor({ elevation, access, next }: ComingEnd, { now }: Deps): NoticeWords {
  return access === 'session'
    ? lentSessionWords(elevation, next, now())
    : lentRightWords(elevation, now())
}

/** Does it at once and from time to time, never twice at a time. Keeps no process from ending. */
function repeat(look: () => Promise<void>, { io }: Pick<Deps, 'io'>): () => void {
  let isLooking = false
  const once = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    try {
      await look()
    } catch (error) {
      io.detail(printable(asPimError(error).message))
    } finally {
      isLooking = false
    }
  }
  void once()
  const timer = setInterval(() => void once(), lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}
