import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runHelper } from '../../../../src/providers/aws/source/helper-process.ts'
import { temporaryFolder } from '../../../system/temporary-folder.ts'

const env = { PATH: process.env['PATH'] }

function run(script: string, limitMs = 20_000) {
  const isWhole = (text: string): boolean => text.endsWith('.')
  return runHelper(['sh', '-c', script], { env, limitMs, isWhole, hasTerminal: false })
}

async function untilOver(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('stdin is at its end', async () => {
  expect(await run('read -r code || echo none.')).toMatchObject({
    stdout: 'none.\n',
    end: { kind: 'exit', code: 0 },
  })
})

test.each([
  ['exit 3', { kind: 'exit', code: 3 }],
  ['kill -TERM $$', { kind: 'signal', signal: 'SIGTERM' }],
  ['yes', { kind: 'endless' }],
])('%s is told', async (script, end) => {
  expect((await run(script)).end).toEqual(end)
})

test('a program that is not there is told', async () => {
  const ended = await runHelper(['/no/such'], { env, limitMs: 20_000, isWhole: () => false })
  expect(ended.end).toEqual({ kind: 'unstartable', code: 'ENOENT' })
})

test('what it says before it fails is heard, also where a child keeps its pipes', async () => {
  const ended = await run('sleep 60 & echo "no session" >&2; exit 4')
  expect(ended).toMatchObject({ stderr: 'no session\n', end: { kind: 'exit', code: 4 } })
})

test('a whole answer is taken though a child that was left behind keeps the pipe', async () => {
  const ended = await run('sleep 60 & printf answer.')
  expect(ended).toMatchObject({ stdout: 'answer.', end: { kind: 'exit', code: 0 } })
})

test('an answer that a child gives later is waited for', async () => {
  expect(await run('(sleep 0.3; printf answer.) &')).toMatchObject({ stdout: 'answer.' })
})

test('the limit holds, and ends what was left behind as well', async () => {
  const file = join(temporaryFolder(), 'pids')
  const ended = await run(`sleep 60 & echo $! $$ > ${file}; wait`, 1000)
  expect(ended.end).toEqual({ kind: 'late' })
  const [child = 0, helper = 0] = readFileSync(file, 'utf8').trim().split(' ').map(Number)
  await untilOver(helper)
  await untilOver(child)
})

test('the limit holds where the helper itself is over', async () => {
  const ended = await run('sleep 60 & printf half', 500)
  expect(ended).toMatchObject({ stdout: 'half', end: { kind: 'late' } })
})
