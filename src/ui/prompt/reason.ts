import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isUpKey,
  makeTheme,
  useKeypress,
  usePrefix,
  useState,
} from '@inquirer/core'
import { printable } from '../../core/printable.ts'
import { matching } from './matching.ts'

interface ReasonConfig {
  readonly message: string
  readonly recent: readonly string[]
}

const shownAtMost = 5

/** A line to type, with recent answers below it: the arrows choose one, typing narrows them down. */
export const askReason = createPrompt<string, ReasonConfig>((config, done) => {
  const theme = makeTheme()
  const [isDone, setDone] = useState(false)
  const [typed, setTyped] = useState('')
  const [active, setActive] = useState(-1)
  const [isRefused, setRefused] = useState(false)
  const prefix = usePrefix({ status: isDone ? 'done' : 'idle', theme })
  const offered = matching(config.recent, typed).slice(0, shownAtMost)

  useKeypress((key, line) => {
    if (isEnterKey(key)) {
      const answer = offered[active] ?? typed.trim()
      setRefused(answer === '')
      if (answer === '') return
      setTyped(answer)
      setDone(true)
      done(answer)
    } else if (isUpKey(key) || isDownKey(key)) {
      line.clearLine(0)
      line.write(typed)
      const next = active + (isUpKey(key) ? -1 : 1)
      setActive(Math.min(Math.max(next, -1), offered.length - 1))
    } else {
      setTyped(line.line)
      setActive(-1)
      setRefused(false)
    }
  })

  const message = theme.style.message(config.message, 'idle')
  if (isDone) return `${prefix} ${message} ${theme.style.answer(printable(typed))}`
  const below = offered.map((reason, at) => `${at === active ? '>' : ' '} ${printable(reason)}`)
  const arrows = offered.length > 0 ? ', up and down for one given before' : ''
  const keys = `type a reason${arrows}, enter to take`
  const refusal = isRefused ? [theme.style.error('an empty answer is none')] : []
  return [`${prefix} ${message} ${typed}`, [...below, keys, ...refusal].join('\n')]
})
