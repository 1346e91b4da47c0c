import { formatDuration, seconds } from '../core/time/duration.ts'
import { printable } from '../core/printable.ts'
import type { Deps } from '../deps/deps.ts'
import type { Reporter } from '../core/reporter.ts'

/** Every so many seconds a person wants to hear that it goes on; the first few go without saying. */
const noteEverySeconds = 10
const firstNoteSeconds = 2

/** Says what is waited for when that changes, and again from time to time; nothing where nobody looks on. */
export function progressNotes({ io, host }: Pick<Deps, 'io' | 'host'>): Reporter['progress'] {
  const said = new Map<string, { readonly text: string; readonly elapsed: number }>()
  return (target, text, elapsed) => {
    if (!host.stderr.isTerminal || elapsed < firstNoteSeconds) return
    const last = said.get(target)
    const isNews = last?.text !== text || elapsed - last.elapsed >= noteEverySeconds
    if (!isNews) return
    said.set(target, { text, elapsed })
    io.note(`\`${printable(target)}\`: ${printable(text)} (${formatDuration(seconds(elapsed))})`)
  }
}

/** For so long silence is nothing unusual. */
const usualSeconds = 4

/** Gives back an answer, and says meanwhile that it is still to come. */
export async function whileAsking<Answer>(
  whom: string,
  answer: Promise<Answer>,
  progress: Reporter['progress'],
): Promise<Answer> {
  let elapsed = 0
  const clock = setInterval(() => {
    elapsed += 1
    if (elapsed >= usualSeconds) progress(whom, 'no answer yet', elapsed)
  }, 1000)
  clock.unref()
  try {
    return await answer
  } finally {
    clearInterval(clock)
  }
}
