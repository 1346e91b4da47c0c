import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hours } from '../../core/sample-elevations.ts'
import { startPim, type Pim } from '../../pim.ts'

const folderOf = (pim: Pim) => join(pim.folder, 'pim', 'state', 'elevations')

/** Somebody deletes the files under the state folder, but not the log. */
function deleteRecords(pim: Pim): void {
  const names = readdirSync(folderOf(pim))
  expect(names).not.toEqual([])
  for (const name of names) rmSync(join(folderOf(pim), name))
}

async function active(target: string): Promise<Pim> {
  const pim = await startPim()
  await pim.signIn()
  const words = ['elevate', target, '-j', 'why', '--wait', 'active']
  expect((await pim.run(words)).code).toBe(0)
  return pim
}

describe.each(['aws:sandbox-admin', 'azure:payments-prod/Contributor', 'group:sec-ops'])(
  'a deleted file of %s',
  (target) => {
    test('is no "nothing is active"', async () => {
      const pim = await active(target)
      deleteRecords(pim)
      const { code, stdout, stderr } = await pim.run('status')
      expect([code, stdout]).toEqual([6, ''])
      expect(stderr).toContain(
        `\`${target}\` is active until 13:00 (in 1h) by the audit log, but its file is missing`,
      )
      expect(stderr).toMatch(new RegExp(`hint: .*\`pim (elevate|release) ${target}\``))
      const json = await pim.run('status --json')
      expect([json.code, JSON.parse(json.stdout)]).toMatchObject([
        6,
        { elevations: [], errors: [{ code: 'record-missing', target }] },
      ])
      expect((await pim.run(['status', '--check', target])).code).toBe(6)
    })

    test('is said until its end', async () => {
      const pim = await active(target)
      deleteRecords(pim)
      pim.advance(hours(1))
      expect(await pim.run('status')).toMatchObject({
        code: 0,
        stderr: 'pim: No active elevations from this machine\n',
      })
    })

    test('is said until the same is elevated to again', async () => {
      const pim = await active(target)
      deleteRecords(pim)
      pim.advance({ seconds: 60 })
      await pim.run(['elevate', target, '-j', 'again', '--force'])
      if (target.startsWith('aws')) expect((await pim.run('status')).code).toBe(0)
      await pim.run(['release', target, '--wait'])
      const { code, stderr } = await pim.run('status')
      expect([code, stderr]).toEqual([0, 'pim: No active elevations from this machine\n'])
    })
  },
)

test('what is left is shown beside what is missing', async () => {
  const pim = await active('aws:sandbox-admin')
  deleteRecords(pim)
  await pim.run('elevate aws:sandbox-web -j why')
  const { code, stdout, stderr } = await pim.run('status --refresh')
  expect([code, stdout]).toEqual([6, expect.stringContaining('aws:sandbox-web')])
  expect(stderr).toContain('`aws:sandbox-admin` is active until')
  const listed = await pim.run('list --active')
  expect([listed.code, listed.stdout]).toEqual([6, expect.stringContaining('aws:sandbox-web')])
  expect(listed.stderr).toContain('`aws:sandbox-admin` is active until')
})

test('what Microsoft itself lists as active is not missing from a list, nor from `release --all`', async () => {
  const pim = await active('group:sec-ops')
  deleteRecords(pim)
  const listed = await pim.run('list --active --refresh')
  expect([listed.code, listed.stdout]).toEqual([0, expect.stringMatching(/group:sec-ops .*active/)])
  pim.advance({ seconds: 360 })
  expect((await pim.run('release --all')).code).toBe(0)
  expect((await pim.run('status')).code).toBe(0)
})

test('a log that cannot be read says nothing of it', async () => {
  const pim = await active('aws:sandbox-admin')
  deleteRecords(pim)
  writeFileSync(join(pim.folder, 'pim', 'state', 'audit', 'audit.jsonl'), 'no log\n')
  expect((await pim.run('status')).code).toBe(0)
})
