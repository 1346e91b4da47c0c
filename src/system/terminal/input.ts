import { PimError } from '../../core/errors.ts'

const largest = 64 * 1024
const patienceMs = 30_000

/** All of stdin, which is no terminal. Throws `usage` where it is too long or does not end. */
export async function readInput(input: NodeJS.ReadStream): Promise<string> {
  const late = setTimeout(() => input.destroy(unusable('does not end')), patienceMs)
  try {
    let text = ''
    for await (const chunk of input.setEncoding('utf8')) {
      text += String(chunk)
      if (text.length > largest) throw unusable('is too long')
    }
    return text
  } finally {
    clearTimeout(late)
  }
}

function unusable(why: string): PimError {
  return new PimError('usage', 'unusable-input', `the text on stdin ${why}`, {
    hint: 'write one line to it, as `pim webhook set NAME --format json < file` does',
  })
}
