import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { readLine } from '../../../src/system/terminal/line.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const onStuck = vi.fn()

function descriptorOf(text: string): number {
  const file = join(temporaryFolder(), 'text')
  writeFileSync(file, text)
  const descriptor = openSync(file, 'r')
  onTestFinished(() => closeSync(descriptor))
  return descriptor
}

describe('a line of a file descriptor', () => {
  test.each([
    ['123456\n', '123456'],
    ['123456\r\nmore', '123456'],
    ['123456', '123456'],
    ['é\n', 'é'],
  ])('of %j', async (text, line) => {
    expect(await readLine(descriptorOf(text), { onStuck })).toBe(line)
  })

  test('leaves what follows to whoever reads next', async () => {
    const line = fc.stringMatching(/^[\w ]{1,20}$/)
    await fc.assert(
      fc.asyncProperty(line, fc.string({ maxLength: 50 }), async (first, rest) => {
        const descriptor = descriptorOf(`${first}\n${rest}`)
        expect(await readLine(descriptor, { onStuck })).toBe(first)
        const buffer = Buffer.alloc(1000)
        const count = readSync(descriptor, buffer, 0, 1000, null)
        expect(buffer.subarray(0, count)).toEqual(Buffer.from(rest))
      }),
      { numRuns: 30 },
    )
  })

  test.each([
    ['', 'it is empty'],
    ['\n123456\n', 'it is empty'],
    ['x'.repeat(2000), 'the line is too long'],
  ])('of %j is refused', async (text, why) => {
    await expect(readLine(descriptorOf(text), { onStuck })).rejects.toMatchObject({
      kind: 'usage',
      code: 'unusable-input',
      message: expect.stringContaining(why),
    })
  })

  test('that does not come is given up, and the thread that waits for it is known', async () => {
    const { spawn } = await import('node:child_process')
    // Nobody writes to its stdin, and nobody closes it.
    const script = `
      import { readLine } from ${JSON.stringify(new URL('../../../src/system/terminal/line.ts', import.meta.url).href)}
      const onStuck = () => console.log('stuck')
      await readLine(0, { limitMs: 50, onStuck }).catch((error) => console.log(error.message))
      process.kill(process.pid, 'SIGKILL')
    `
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    await new Promise((resolve) => child.on('close', resolve))
    expect(said).toBe('stuck\nstdin gives no MFA code: no line comes within 0.05 s\n')
  })
})
