import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { tenantApp } from '../../sandbox/microsoft/seed/seed.ts'
import { expectSearchToWork, filesWith } from './leaks.ts'
import { newTargets } from './new-targets.ts'
import type { Environment } from './pim.ts'
import { startRecorder } from './recorder.ts'
import { openTenant } from './tenant.ts'

/** What is run, and with which exit code it ends. */
type Step = readonly [words: string, code: number, env?: Environment]

/** Every way to be told of the same thing. */
function each(words: string, code = 0): readonly Step[] {
  return [
    [`${words} --verbose`, code],
    [`${words} --verbose --json`, code],
  ]
}

const granted = 'azure:payments-prod/Contributor entra:user-administrator group:sec-ops'

const steps: readonly Step[] = [
  ['login azure --device-code --verbose', 0],
  ['login azure --json --verbose', 0],
  ...each('list --refresh'),
  ...each('whoami'),
  ...each('doctor'),
  [`elevate ${granted} -j why --wait active --verbose`, 0],
  [`elevate ${granted} -j why --json`, 0],
  ['elevate azure:payments-dev/Contributor -j why --verbose', 5],
  // Without a ticket; without a sign-in that would do.
  ...each('elevate azure:payments-dev/Owner -j why', 2),
  ...each('elevate azure:payments-prod/rg-web/Owner group:db-admins -j why', 4),
  // Nothing is taken back within five minutes.
  ...each(`release ${granted}`, 5),
  ['exec azure:payments-prod/Contributor -j why -- env', 0],
  ...each('status'),
  ['audit --json', 0],
]

/** What is told of answers that say back what they were sent. */
const echoed: readonly Step[] = [
  ['list --refresh --verbose', 3],
  ['elevate azure:payments-dev/row-1/Owner -j why --wait none --verbose', 3],
  ['elevate azure:payments-dev/row-2/Owner -j why --wait none --verbose --json', 3],
  ['elevate entra:row-1 -j why --wait none --verbose', 3],
  ['elevate group:row-1 -j why --wait none --verbose --json', 3],
]

test('no token, code or assertion gets into an output, a file or the audit log', async () => {
  await using cloud = await openTenant()
  const { tenant, folder, pimHome, env } = cloud
  await using recorder = await startRecorder(tenant, folder)
  const outputs = join(folder, 'outputs')
  mkdirSync(outputs)
  let count = 0
  const take = async (all: readonly Step[]): Promise<readonly string[]> => {
    const ended: Step[] = []
    const said: string[] = []
    for (const [words, , more] of all) {
      const { code, stdout, stderr } = await cloud.run(words.split(' '), {
        ...recorder.env,
        ...more,
      })
      ended.push([words, code ?? -1])
      said.push(`${stdout}${stderr}`)
      count += 1
      writeFileSync(join(outputs, `${count}`), [words, stdout, stderr].join('\n'))
    }
    expect(ended).toEqual(all.map(([words, code]) => [words, code]))
    return said
  }
  const secrets = () => [...recorder.secrets().values()].flatMap((values) => [...values])

  await take(steps)
  for (const kind of ['azure', 'entra', 'group'] as const) tenant.add(newTargets(kind, 2).seed)
  const inUse = [...(recorder.secrets().get('access_token') ?? [])].toReversed()
  const echoOf = (resource: RegExp) => {
    const sent = inUse.find((token) => resource.test(audienceOf(token)))
    return { status: 400, code: 'NobodyKnowsThis', message: `You sent: Bearer ${sent}` }
  }
  const [ofArm, ofGraph] = [echoOf(/management/), echoOf(/^0{7}3-/)]
  tenant.fail({ surface: 'arm', operation: 'list-eligible', ...ofArm })
  tenant.fail({ surface: 'arm', operation: 'activate', ...ofArm, times: 2 })
  tenant.fail({ surface: 'graph', operation: 'activate-role', ...ofGraph })
  tenant.fail({ surface: 'graph', operation: 'activate-group', ...ofGraph })
  expect((await take(echoed)).filter((said) => said.includes('Bearer [secret]'))).toHaveLength(5)

  // While they are kept, and once they are forgotten.
  expect(filesWith(secrets(), pimHome)).toEqual([])
  await take([['logout --verbose', 0]])

  const assertion = join(outputs, 'assertion')
  writeFileSync(assertion, ['eyJhbGciOiJub25lIn0', 'eyJzdWIiOiJyZXBvIn0', 'c2lnbmF0dXJl'].join('.'))
  const workload = { AZURE_CLIENT_ID: tenantApp.clientId }
  await take([
    ['list --refresh --verbose --json', 0, { ...workload, AZURE_FEDERATED_TOKEN_FILE: assertion }],
    ['whoami --verbose', 0, { ...workload, AZURE_CLIENT_SECRET: tenantApp.clientSecret }],
  ])

  // What was to be found, and that it would have been.
  const kinds = [...recorder.secrets()].filter(([, values]) => values.size > 0)
  expect(kinds.map(([name]) => name).toSorted()).toEqual([
    'access_token',
    'client_assertion',
    'client_secret',
    'code',
    'code_verifier',
    'device_code',
    'id_token',
    'refresh_token',
  ])
  expect(tenant.requests.length).toBeGreaterThan(3)
  expect(filesWith(secrets(), outputs)).toEqual([assertion])
  expect(filesWith(secrets(), pimHome)).toEqual([])
  expect(filesWith(secrets(), env['HOME'] ?? '')).toEqual([])
  expectSearchToWork(outputs)
})

test('an authority that says back a refresh token does not get it shown', async () => {
  await using cloud = await openTenant()
  const { tenant, folder, run } = cloud
  await using recorder = await startRecorder(tenant, folder)
  await run(['login', 'azure', '--quiet'], recorder.env)
  await run(['list'], recorder.env)
  const sent = [...(recorder.secrets().get('refresh_token') ?? [])]
  const body = {
    error: 'invalid_grant',
    error_description: `AADSTS123456: You sent ${sent.at(-1)}`,
  }
  tenant.fail({ surface: 'arm', operation: 'list-eligible', status: 401, code: 'Unauthorized' })
  tenant.fail({ surface: 'authority', operation: 'token', status: 400, body, times: 5 })
  const { stdout, stderr } = await run(['list', '--refresh', '--json'], recorder.env)
  expect(stderr).toContain('AADSTS123456')
  expect(sent.filter((token) => `${stdout}${stderr}`.includes(token))).toEqual([])
})

function audienceOf(token: string): string {
  const [, payload = ''] = token.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')).aud
}
