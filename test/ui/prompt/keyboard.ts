import { PassThrough, Writable } from 'node:stream'

import { onTestFinished, vi } from 'vitest'

import { createPrompter, type Prompter } from '../../../src/ui/prompt/prompt.ts'

export interface Keyboard {
  readonly prompter: Prompter
  /** Types, and Enter is `\r`: what a terminal that edits lines itself would hand over, in the line form. */
  readonly press: (keys: string) => void
  /** The terminal goes away. */
  readonly end: () => void
  readonly screen: () => string
  /** Resolves once the screen shows it, behind what was there when it was last asked for. */
  readonly shows: (text: string) => Promise<void>
  readonly isRaw: () => boolean
}

export type Form = 'cursor' | 'line'

/** A terminal, of a kind that moves its cursor or of one that does not, with somebody at it. */
export function keyboard(form: Form, signal = new AbortController().signal): Keyboard {
  vi.stubEnv('TERM', form === 'cursor' ? 'xterm-256color' : 'dumb')
  onTestFinished(() => void vi.unstubAllEnvs())
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode: (isRaw: boolean) => {
      input.isRaw = isRaw
      return input
    },
  })
  let text = ''
  let read = 0
  const output = new Writable({
    write: (chunk: Buffer, _, done) => {
      text += String(chunk)
      done()
    },
  })
  const screen = Object.assign(output, { isTTY: true, columns: 100, rows: 30, end: () => output })
  const prompter = createPrompter({
    input: input as unknown as NodeJS.ReadStream,
    output: screen as unknown as NodeJS.WriteStream,
    signal,
    movesCursor: form === 'cursor',
    hold: (ask) => ask(),
  })
  return {
    prompter,
    press: (keys) => void input.write(keys),
    end: () => void input.end(),
    screen: () => text,
    shows: async (wanted) => {
      await vi.waitUntil(() => text.includes(wanted, read), { timeout: 20_000, interval: 1 })
      read = text.indexOf(wanted, read) + wanted.length
    },
    isRaw: () => input.isRaw,
  }
}
