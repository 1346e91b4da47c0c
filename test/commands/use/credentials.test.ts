import { describe, expect, test } from 'vitest'
import { hours, minutes } from '../../../src/core/time/duration.ts'
import { startPim } from '../../pim.ts'

const serve = 'credentials aws:sandbox-admin'

describe('with a live elevation', () => {
  test('stdout is one credential_process answer, stderr silent, and nothing is called', async () => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-admin -j why')
    const calls = pim.sandbox.sts.calls.length
    const { code, stdout, stderr } = await pim.run(serve)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.trim().split('\n')).toHaveLength(1)
    const answer = JSON.parse(stdout) as object
    expect(answer).toMatchObject({ Version: 1, Expiration: '2026-03-01T13:00:00.000Z' })
    expect(Object.keys(answer)).toEqual([
      'Version',
      'AccessKeyId',
      'SecretAccessKey',
      'SessionToken',
      'Expiration',
      'AccountId',
    ])
    expect(pim.sandbox.sts.calls).toHaveLength(calls)
  })

  test('it is on record once, however often it is served', async () => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-admin -j why')
    await pim.run(serve)
    await pim.run(serve)
    await pim.run('env aws:sandbox-admin')
    expect(pim.records().flatMap(({ channel }) => channel ?? [])).toEqual([
      'credential_process',
      'env',
    ])
  })

  test('it serves to the last minute, and not after it', async () => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-admin -j why')
    pim.advance(minutes(59))
    expect((await pim.run(serve)).code).toBe(0)
    pim.advance({ seconds: 1 })
    expect(await pim.run(serve)).toMatchObject({ code: 2, stdout: '' })
  })
})

test('one whose store does not open: that is the error, and nobody is asked for another', async () => {
  const pim = await startPim()
  await pim.run('elevate aws:sandbox-admin -j why')
  const calls = pim.sandbox.sts.calls.length
  expect(await pim.says(serve, { env: { PIM_STORE_PASSPHRASE: 'another' } }))
    .toMatchInlineSnapshot(`
    "exit code 6
    stderr:
    pim: error: aws:sandbox-admin: the credential store cannot be opened with the passphrase in \`PIM_STORE_PASSPHRASE\`
    pim: hint: set the passphrase it was made with, or remove \`<folder>/pim/state/store\` with its content and start again"
  `)
  const none = await pim.run(serve, { env: { PIM_STORE_PASSPHRASE: '' } })
  expect(none).toMatchObject({ code: 2, stdout: '' })
  expect(none.stderr).toContain('`PIM_STORE_PASSPHRASE` is not set')
  const underExec = { PIM_STORE_PASSPHRASE: '', PIM_ELEVATION_ID: 'e1' }
  expect((await pim.run(serve, { env: underExec })).stderr).toContain(
    'a command under `pim exec` does not get `PIM_STORE_PASSPHRASE`',
  )
  expect(pim.sandbox.sts.calls).toHaveLength(calls)
})

describe('without one', () => {
  test('exit code 2 with the command to type, and an empty stdout', async () => {
    const pim = await startPim()
    expect(await pim.says(serve)).toMatchInlineSnapshot(`
      "exit code 2
      stderr:
      pim: error: there is no live elevation to \`aws:sandbox-admin\`
      pim: hint: run \`pim elevate aws:sandbox-admin -j "…"\`, or set PIM_JUSTIFICATION to have it done here"
    `)
    expect(pim.sandbox.sts.calls).toEqual([])
  })

  test('PIM_JUSTIFICATION has it done here, and again near the end', async () => {
    const pim = await startPim({ PIM_JUSTIFICATION: 'nightly job' })
    const first = await pim.run(serve)
    expect(JSON.parse(first.stdout)).toMatchObject({ Version: 1 })
    expect((await pim.run(serve)).stdout).toBe(first.stdout)
    pim.advance(minutes(56))
    expect((await pim.run(serve)).stdout).not.toBe(first.stdout)
    expect(pim.assumed()).toEqual(['Admin', 'Admin'])
  })

  test('a person in a terminal is not asked', async () => {
    const pim = await startPim()
    const answers = [{ when: 'Why', keys: 'never\r' }]
    expect(await pim.run(serve, { answers })).toMatchObject({ code: 2, stdout: '' })
    const env = { PIM_JUSTIFICATION: 'why' }
    const mfa = await pim.run('credentials aws:sandbox-mfa', { answers, env })
    expect(mfa).toMatchObject({ code: 4, stdout: '' })
    expect(mfa.stderr).toContain('hint: run `pim elevate aws:sandbox-mfa` in a terminal first')
    expect(mfa.stderr).not.toContain('--mfa-token')
  })

  test('a refusal leaves stdout empty', async () => {
    const pim = await startPim({ PIM_JUSTIFICATION: 'why' })
    expect(await pim.run('credentials aws:sandbox-denied')).toMatchObject({ code: 3, stdout: '' })
  })

  test('an alias for several is refused', async () => {
    const pim = await startPim()
    await pim.run('alias set both aws:sandbox-admin aws:sandbox-short')
    expect(await pim.run('credentials both')).toMatchObject({ code: 2, stdout: '' })
  })
})

test('an elevation that has ended is not served, and the next elevate clears it away', async () => {
  const pim = await startPim()
  await pim.run('elevate aws:sandbox-admin -j why')
  pim.advance(hours(2))
  expect(await pim.run(serve)).toMatchObject({ code: 2, stdout: '' })
  await pim.run('elevate aws:sandbox-short -j why')
  const { stdout } = await pim.run('status --json')
  expect(JSON.parse(stdout)).toMatchObject({ elevations: [{ target: 'aws:sandbox-short' }] })
})
