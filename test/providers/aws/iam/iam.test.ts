import { expect, test } from 'vitest'
import { callSettings } from '../../../../src/providers/aws/http/call-settings.ts'
import { createIam } from '../../../../src/providers/aws/iam/iam.ts'
import { alice } from '../../../../sandbox/aws/sts/roles.ts'

const calls = callSettings('', { profiles: {}, services: {} }, {})

test.each<[partition: string, used: string, region: string, host: string]>([
  ['aws', 'eu-central-1', 'us-east-1', 'iam.amazonaws.com'],
  ['aws-us-gov', 'us-east-1', 'us-gov-west-1', 'iam.us-gov.amazonaws.com'],
  ['aws-cn', 'us-east-1', 'cn-north-1', 'iam.cn-north-1.amazonaws.com.cn'],
  ['aws-iso', 'us-iso-west-1', 'us-iso-west-1', 'iam.us-iso-east-1.c2s.ic.gov'],
])(
  'IAM of %s, used from %s, is signed for %s and asked at %s',
  async (partition, used, region, host) => {
    const iam = await createIam({ partition }, { credentials: alice, region: used, calls, env: {} })
    expect(await iam.config.region()).toBe(region)
    expect(iam.config.endpointProvider({ Region: region }, {}).url.hostname).toBe(host)
  },
)
