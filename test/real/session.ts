import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { pimFile, run, type Cloud, type Ended, type Environment } from './pim.ts'

export interface Session {
  readonly cloud: Cloud
  readonly env?: Environment
  readonly limitSeconds?: number
  /** What to set the bus up from. */
  readonly busConfig?: string
}

/** Runs shell lines with a D-Bus session of their own, in which `pim` is the built one. */
export function inSession(lines: readonly string[], session: Session): Promise<Ended> {
  const { cloud, env, limitSeconds, busConfig } = session
  const script = ['pim() { "$NODE" "$PIM" "$@"; }', ...lines].join('\n')
  const flags = busConfig === undefined ? [] : [`--config-file=${busConfig}`]
  return run('dbus-run-session', [...flags, '--', 'bash', '-c', script], {
    env: { ...keychainEnv(cloud), NODE: process.execPath, PIM: pimFile, ...env },
    ...(limitSeconds !== undefined && { limitSeconds }),
  })
}

/** The sandbox's environment, but with the store left to pim, and nothing of the desktop outside. */
function keychainEnv(cloud: Cloud): Environment {
  return { ...cloud.env, PIM_CREDENTIAL_STORE: undefined, PIM_STORE_PASSPHRASE: undefined }
}

/** A session bus that knows of no service to start. */
export function bareBus({ folder }: Cloud): string {
  const path = join(folder, 'bus.conf')
  const policy =
    '<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>'
  writeFileSync(
    path,
    `<busconfig><type>session</type><listen>unix:tmpdir=${folder}</listen>` +
      `<policy context="default">${policy}</policy></busconfig>`,
  )
  return path
}
