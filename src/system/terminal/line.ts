import { read } from 'node:fs'
import { PimError } from '../../core/errors.ts'
import { systemReason } from '../../core/system-error.ts'

export interface LineOptions {
  readonly limitMs?: number
  /** A read that never ends holds a thread, which an ordinary exit would wait for. */
  readonly onStuck: () => void
}

const longest = 1024

/**
 * One line of a file descriptor, and not a byte more: what follows is for the command that gets it next.
 * Throws `usage` (`unusable-input`) where none comes.
 */
export async function readLine(
  descriptor: number,
  { limitMs = 30_000, onStuck }: LineOptions,
): Promise<string> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    onStuck()
    late.reject(unusable(descriptor, `no line comes within ${limitMs / 1000} s`))
  }, limitMs)
  try {
    return await Promise.race([bytesToNewline(descriptor), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

async function bytesToNewline(descriptor: number): Promise<string> {
  const bytes: number[] = []
  for (;;) {
    const byte = await nextByte(descriptor)
    if (byte === undefined || byte === 0x0a) break
    bytes.push(byte)
    if (bytes.length > longest) throw unusable(descriptor, 'the line is too long')
  }
  if (bytes.length === 0) throw unusable(descriptor, 'it is empty')
  return Buffer.from(bytes).toString('utf8').replace(/\r$/, '')
}

function nextByte(descriptor: number): Promise<number | undefined> {
  const buffer = Buffer.alloc(1)
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, 1, null, (error, count) => {
      // Whoever writes may have made the pipe one that does not wait.
      if (error?.code === 'EAGAIN') setTimeout(() => resolve(nextByte(descriptor)), 20)
      else if (error?.code === 'EOF') resolve(undefined)
      else if (error !== null) reject(unusable(descriptor, systemReason(error)))
      else resolve(count === 0 ? undefined : buffer[0])
    })
  })
}

function unusable(descriptor: number, why: string): PimError {
  const name = descriptor === 0 ? 'stdin' : `the file descriptor ${descriptor}`
  return new PimError('usage', 'unusable-input', `${name} gives no MFA code: ${why}`, {
    hint: 'as in `--mfa-token -` with the code on stdin, or `--mfa-token fd:3 3< file`',
  })
}
