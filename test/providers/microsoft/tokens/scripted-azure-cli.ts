import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tenantApp, tenantId } from '../../../../sandbox/microsoft/seed/seed.ts'
import { temporaryFolder } from '../../../system/temporary-folder.ts'
import { openRoom, type Room, type RoomOptions } from '../fixture.ts'

/** An Azure CLI that hands out what is in a file, and writes down what it was asked. */
export interface Tool {
  readonly env: Record<string, string>
  readonly calls: () => readonly string[]
  /** What it does from now on, as a shell script. */
  readonly does: (script: string) => void
}

function installAzureCli(): Tool {
  const folder = temporaryFolder()
  const config = join(folder, 'azure')
  mkdirSync(config)
  writeFileSync(join(config, 'azureProfile.json'), '\uFEFF{"subscriptions":[{"id":"s"}]}')
  const log = join(folder, 'calls')
  const does = (script: string): void => {
    writeFileSync(join(folder, 'az'), `#!/bin/sh\necho "$@" >>'${log}'\n${script}\n`)
    chmodSync(join(folder, 'az'), 0o700)
  }
  does('exit 1')
  return {
    env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, AZURE_CONFIG_DIR: config },
    calls: () => {
      try {
        return readFileSync(log, 'utf8').trim().split('\n')
      } catch {
        return []
      }
    },
    does,
  }
}

/** A room on whose machine somebody is signed in to the Azure CLI. */
export async function roomWithAzureCli(
  options: RoomOptions = {},
): Promise<{ room: Room; az: Tool }> {
  const az = installAzureCli()
  const room = await openRoom({ ...options, env: { ...az.env, ...options.env } })
  await handOut(room, az)
  room.asked()
  return { room, az }
}

/** Lets the Azure CLI hand out a new token. */
export async function handOut(room: Room, az: Tool): Promise<void> {
  const token = await armToken(room)
  const ends = Math.floor(Date.now() / 1000) + 4500
  az.does(`echo '{"accessToken":"${token}","expires_on":${ends},"tokenType":"Bearer"}'`)
}

/** A token for ARM, as another program would have got it. */
async function armToken({ tenant }: Room): Promise<string> {
  const url = `${tenant.endpoints.authority}/${tenantId}/oauth2/v2.0/token`
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: tenantApp.clientId,
    client_secret: tenantApp.clientSecret,
    scope: `${tenant.endpoints.arm}/.default`,
  })
  const answer = (await (await fetch(url, { method: 'POST', body })).json()) as {
    access_token: string
  }
  return answer.access_token
}
