import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startPim, type Pim } from '../../pim.ts'

describe('the region that env sets', () => {
  const own = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined }
  const shell = async (pim: Pim, argv: string, before: Record<string, string | undefined>) => {
    const { stdout } = await pim.run(`${argv} --shell json`, { env: { ...own, ...before } })
    return { ...before, ...(JSON.parse(stdout) as Record<string, string | null>) }
  }
  const regions = (env: Record<string, string | null | undefined>) => [
    env['AWS_REGION'] ?? undefined,
    env['AWS_DEFAULT_REGION'] ?? undefined,
  ]
  const withoutNull = (env: Record<string, string | null | undefined>) =>
    Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? undefined]))

  async function twoTargets(): Promise<Pim> {
    const pim = await startPim()
    const role = 'role_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = sandbox\n'
    const profiles = ['eu-west-1', 'ap-south-1'].map(
      (region) => `\n[profile in-${region}]\n${role}region = ${region}\n`,
    )
    appendFileSync(join(pim.folder, 'aws', 'config'), profiles.join(''))
    return pim
  }

  test('is that of each target in turn, and --unset restores the person’s', async () => {
    const pim = await twoTargets()
    const start = { AWS_DEFAULT_REGION: '' }
    const one = await shell(pim, 'env aws:in-eu-west-1 -j why', start)
    expect(regions(one)).toEqual(['eu-west-1', 'eu-west-1'])
    const two = await shell(pim, 'env aws:in-ap-south-1 -j why', withoutNull(one))
    expect(regions(two)).toEqual(['ap-south-1', 'ap-south-1'])
    const end = await shell(pim, 'env --unset', withoutNull(two))
    expect(regions(end)).toEqual([undefined, undefined])
    expect(Object.keys(withoutUnset(end)).filter((name) => name.startsWith('PIM_'))).toEqual([])
  })

  test('gives way to the person’s, and comes back as it was', async () => {
    const pim = await twoTargets()
    const start = { AWS_DEFAULT_REGION: 'us-west-2' }
    const lent = await shell(pim, 'env aws:in-eu-west-1 -j why', start)
    expect(regions(lent)).toEqual(['us-west-2', 'us-west-2'])
    const end = await shell(pim, 'env --unset', withoutNull(lent))
    expect(regions(end)).toEqual([undefined, 'us-west-2'])
  })

  test('stays where the person chose another one since', async () => {
    const pim = await twoTargets()
    const lent = await shell(pim, 'env aws:in-eu-west-1 -j why', {})
    const since = { ...withoutNull(lent), AWS_REGION: 'us-west-2' }
    expect(regions(await shell(pim, 'env --unset', since))).toEqual(['us-west-2', undefined])
  })

  const withoutUnset = (env: Record<string, string | null | undefined>) =>
    Object.fromEntries(Object.entries(env).filter(([, value]) => value != null))
})
