import { interrupted } from '../../core/errors.ts'

/**
 * The next line of a terminal that edits and shows lines itself. Throws `interrupted` when the signal
 * aborts, and when the terminal ends (Ctrl-D on an empty line).
 */
export function readLine(input: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  let text = ''
  return readUntil(input, signal, (chunk) => {
    text += chunk
    const end = text.search(/[\r\n]/)
    if (end < 0) return undefined
    return { line: text.slice(0, end), rest: behindEnd(text.slice(end)) }
  })
}

/** The same for a line that must not show: the terminal shows nothing, and its keys are read one by one. */
export async function readHiddenLine(
  input: NodeJS.ReadStream,
  signal: AbortSignal,
): Promise<string> {
  let line = ''
  const wasRaw = input.isRaw
  input.setRawMode(true)
  try {
    return await readUntil(input, signal, (chunk) => {
      const keys = Array.from(chunk)
      for (const [index, key] of keys.entries()) {
        if (key === '\r' || key === '\n')
          return { line, rest: behindEnd(keys.slice(index).join('')) }
        if (key === ctrlC || (key === ctrlD && line === '')) throw interrupted()
        line = withKey(line, key)
      }
      return undefined
    })
  } finally {
    input.setRawMode(wasRaw)
  }
}

function behindEnd(text: string): string {
  return text.replace(/^(\r\n|\r|\n)/, '')
}

const ctrlC = '\u0003'
const ctrlD = '\u0004'
const ctrlU = '\u0015'
const backspaces = ['\u0008', '\u007F']

function withKey(line: string, key: string): string {
  if (backspaces.includes(key)) return Array.from(line).slice(0, -1).join('')
  if (key === ctrlU) return ''
  return key < ' ' ? line : line + key
}

interface Read {
  readonly line: string
  /** What was typed ahead, for the next question. */
  readonly rest: string
}

function readUntil(
  input: NodeJS.ReadStream,
  signal: AbortSignal,
  take: (chunk: string) => Read | undefined,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const leave = (): void => reject(interrupted())
  const onData = (chunk: Buffer | string): void => {
    try {
      const read = take(String(chunk))
      if (read === undefined) return
      stop()
      if (read.rest !== '') input.unshift(Buffer.from(read.rest))
      resolve(read.line)
    } catch (error) {
      reject(error)
    }
  }
  const stop = (): void => {
    input.off('data', onData).off('end', leave).off('close', leave).off('error', leave)
    signal.removeEventListener('abort', leave)
    input.pause()
  }
  if (signal.aborted || input.readableEnded || input.destroyed) leave()
  else {
    signal.addEventListener('abort', leave)
    input.on('end', leave).on('close', leave).on('error', leave).on('data', onData)
    input.resume()
  }
  return promise.finally(stop)
}
