import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isSpaceKey,
  isUpKey,
  makeTheme,
  useKeypress,
  useMemo,
  usePagination,
  usePrefix,
  useState,
} from '@inquirer/core'
import { printable } from '../../core/printable.ts'
import { matching } from './matching.ts'

interface PickConfig {
  readonly message: string
  readonly choices: readonly string[]
}

const pageSize = 10

/** A list to choose several from: typing filters it, space marks, Enter takes what is marked or under the cursor. */
export const pick = createPrompt<readonly string[], PickConfig>((config, done) => {
  const theme = makeTheme()
  const [isDone, setDone] = useState(false)
  const [filter, setFilter] = useState('')
  const [active, setActive] = useState(0)
  const [marked, setMarked] = useState<readonly string[]>([])
  const prefix = usePrefix({ status: isDone ? 'done' : 'idle', theme })
  const shown = useMemo(() => matching(config.choices, filter), [filter])

  useKeypress((key, line) => {
    if (isEnterKey(key)) {
      const chosen = marked.length > 0 ? marked : shown.slice(active, active + 1)
      if (chosen.length === 0) return
      setDone(true)
      setMarked(chosen)
      done(chosen)
    } else if (isUpKey(key) || isDownKey(key)) {
      const step = isUpKey(key) ? -1 : 1
      line.clearLine(0)
      line.write(filter)
      setActive(Math.min(Math.max(active + step, 0), Math.max(shown.length - 1, 0)))
    } else if (isSpaceKey(key)) {
      line.clearLine(0)
      line.write(filter)
      const [choice] = shown.slice(active, active + 1)
      if (choice !== undefined) setMarked(toggled(marked, choice))
    } else {
      setFilter(line.line.trim())
      setActive(0)
    }
  })

  const message = theme.style.message(config.message, 'idle')
  if (isDone) return `${prefix} ${message} ${theme.style.answer(marked.map(printable).join(', '))}`
  const page = usePagination({
    items: shown,
    active,
    pageSize,
    loop: false,
    renderItem: ({ item, isActive }) =>
      `${isActive ? '>' : ' '} [${marked.includes(item) ? 'x' : ' '}] ${printable(item)}`,
  })
  const help = 'type to filter, space to mark, enter to take'
  return [
    `${prefix} ${message} ${filter}`,
    shown.length === 0 ? `  no match\n${help}` : `${page}\n${help}`,
  ]
})

function toggled(marked: readonly string[], choice: string): readonly string[] {
  return marked.includes(choice) ? marked.filter((other) => other !== choice) : [...marked, choice]
}
