import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { tenantId } from '../../sandbox/microsoft/seed/seed.ts'
import type { Tenant } from '../../sandbox/microsoft/tenant.ts'
import { searchPath } from './pim.ts'

/** An Azure CLI on the PATH that somebody is signed in to; it does what a script says. */
export interface FakeAz {
  readonly env: Readonly<Record<string, string>>
  readonly does: (script: string) => void
  /** The lines it was run with. */
  readonly calls: () => readonly string[]
  /** Another sign-in of the tool. */
  readonly signsIn: (name: string) => void
}

export function installAz(folder: string): FakeAz {
  const bin = join(folder, 'az-bin')
  const config = join(folder, 'az-config')
  for (const each of [bin, config]) mkdirSync(each, { recursive: true })
  const log = join(folder, 'az-calls')
  const does = (script: string): void => {
    writeFileSync(join(bin, 'az'), `#!/bin/sh\necho "$*" >>'${log}'\n${script}\n`)
    chmodSync(join(bin, 'az'), 0o700)
  }
  const signsIn = (name: string): void =>
    writeFileSync(
      join(config, 'azureProfile.json'),
      `\uFEFF${JSON.stringify({ subscriptions: [{ id: name, user: { name } }] })}`,
    )
  does('exit 1')
  signsIn('alice')
  return {
    env: { PATH: `${bin}:${searchPath}`, AZURE_CONFIG_DIR: config },
    does,
    calls: () => {
      try {
        return readFileSync(log, 'utf8').trim().split('\n')
      } catch {
        return []
      }
    },
    signsIn,
  }
}

/**
 * What the tool prints for a person's token, as its own sign-in by device code brings it: with a
 * second factor where that is claimed.
 */
export async function personTokenScript(tenant: Tenant, claims?: object): Promise<string> {
  const { arm, authority } = tenant.endpoints
  const base = `${authority}/${tenantId}/oauth2/v2.0`
  const client_id = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
  const scope = `${arm}/.default offline_access`
  const asked = claims === undefined ? {} : { claims: JSON.stringify(claims) }
  const { device_code = '' } = await postForm(tenant, `${base}/devicecode`, {
    client_id,
    scope,
    ...asked,
  })
  const redeem = () =>
    postForm(tenant, `${base}/token`, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id,
      device_code,
    })
  await redeem()
  const { access_token: accessToken } = await redeem()
  const expiresOn = Math.floor(Date.now() / 1000) + 4500
  return `echo '${JSON.stringify({ accessToken, expires_on: expiresOn, tokenType: 'Bearer' })}'`
}

async function postForm(
  tenant: Tenant,
  url: string,
  form: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const { request } = await import('node:https')
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const sent = request(url, { method: 'POST', ca: tenant.ca, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => (text += part))
      answer.on('end', () => resolve(JSON.parse(text)))
    })
    sent.on('error', reject)
    sent.end(new URLSearchParams(form).toString())
  })
}
