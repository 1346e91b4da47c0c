import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startPim } from '../../pim.ts'

test('gives an elevation back, and says what AWS cannot take back', async () => {
  const pim = await startPim()
  await pim.run('elevate aws:sandbox-admin -j why')
  expect(await pim.says('release aws:sandbox-admin')).toMatchInlineSnapshot(`
    "exit code 0
    stderr:
    pim: released \`aws:sandbox-admin\`; keys already handed out keep working until 13:00"
  `)
  expect(pim.records().at(-1)).toMatchObject({
    event: 'elevation.released',
    target: 'aws:sandbox-admin',
    accessEndsAt: '2026-03-01T13:00:00.000Z',
    accessKeyId: pim.sandbox.sts.issued[0]?.accessKeyId,
  })
  expect((await pim.run('credentials aws:sandbox-admin')).code).toBe(2)
})

test('what is not active is no error', async () => {
  const pim = await startPim()
  expect(await pim.says('drop aws:sandbox-admin')).toMatchInlineSnapshot(`
    "exit code 0
    stderr:
    pim: \`aws:sandbox-admin\` is not active"
  `)
  expect(pim.records()).toEqual([])
})

describe('--all', () => {
  test('gives everything back', async () => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-admin aws:sandbox-short -j why')
    const { code, stdout } = await pim.run('release --all --json')
    expect(code).toBe(0)
    const { elevations } = JSON.parse(stdout) as { elevations: { target: string }[] }
    expect(elevations).toMatchObject([
      { state: 'released', changed: true },
      { state: 'released', changed: true },
    ])
    expect(JSON.parse((await pim.run('status --json')).stdout)).toMatchObject({ elevations: [] })
  })

  test('of nothing says so, and is exit code 0', async () => {
    const pim = await startPim()
    const none = {
      code: 0,
      stdout: '',
      stderr: 'pim: No active elevations from this machine. Not signed in to azure, entra, group\n',
    }
    expect(await pim.run('release --all')).toEqual(none)
  })
})

test.each(['release', 'release aws:sandbox-admin --all', 'release aws:nothing'])(
  'pim %s: exit code 2',
  async (argv) => {
    const pim = await startPim()
    expect(await pim.run(argv)).toMatchObject({ code: 2, stdout: '' })
  },
)

test('a log that cannot be written: the credentials go all the same, and exit code 7 says so', async () => {
  const pim = await startPim()
  await pim.run('elevate aws:sandbox-admin -j why')
  const audit = join(pim.folder, 'pim', 'state', 'audit')
  rmSync(audit, { recursive: true })
  mkdirSync(join(audit, '..'), { recursive: true })
  writeFileSync(audit, 'in the way')
  const { code, stderr } = await pim.run('release aws:sandbox-admin')
  expect(code).toBe(7)
  expect(stderr).toContain('are deleted, but that could not be recorded')
  expect((await pim.run('status --check aws:sandbox-admin')).code).toBe(1)
})
