import { connect } from 'node:net'

import { PimError } from '../../core/errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

type Answer = 'ready' | 'absent' | 'silent' | 'rejected'

/**
 * Resolves once the D-Bus session bus has answered. libdbus connects synchronously and without a
 * limit: on a bus that accepts and says nothing it would hold the whole process for ever.
 */
export async function awaitSessionBus(env: Environment, limitMilliseconds = 1000): Promise<void> {
  const addresses = sessionBusAddresses(env)
  if (addresses.length === 0) throw unavailable('there is no D-Bus session bus here')
  for (const address of addresses) {
    const path = socketPath(address, env)
    if (path === undefined) throw unavailable('its D-Bus address is of a kind pim cannot check')
    // libdbus tries the next address only after one that refuses the connection.
    const answer = await knock(path, limitMilliseconds)
    if (answer === 'ready') return
    if (answer === 'silent') throw unavailable('the D-Bus session bus does not answer')
    if (answer === 'rejected') throw unavailable('the D-Bus session bus turned this user away')
  }
  throw unavailable('no D-Bus session bus is running at its address')
}

function sessionBusAddresses(env: Environment): string[] {
  const named = env['DBUS_SESSION_BUS_ADDRESS']
  if (named !== undefined && named !== '') return named.split(';').filter((part) => part !== '')
  return env['XDG_RUNTIME_DIR'] ? ['unix:runtime=yes'] : []
}

/** The socket of `unix:path=…`, `unix:abstract=…` or `unix:runtime=yes`, as Node wants it. */
function socketPath(address: string, env: Environment): string | undefined {
  if (!address.startsWith('unix:')) return undefined
  const pairs = address
    .slice('unix:'.length)
    .split(',')
    .map((pair): [string, string | undefined] => {
      const [name = '', value] = pair.split('=')
      return [name, value]
    })
  const { path, abstract, runtime } = Object.fromEntries(pairs)
  const folder = env['XDG_RUNTIME_DIR']
  try {
    if (path !== undefined) return decodeURIComponent(path)
    if (abstract !== undefined) return `\0${decodeURIComponent(abstract)}`
    return runtime === 'yes' && folder ? `${folder}/bus` : undefined
  } catch {
    return undefined
  }
}

// https://dbus.freedesktop.org/doc/dbus-specification.html#auth-protocol
function knock(path: string, limitMilliseconds: number): Promise<Answer> {
  const user = Buffer.from(String(process.getuid?.())).toString('hex')
  return new Promise((resolve) => {
    const socket = connect({ path })
    const finish = (answer: Answer) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => finish('silent'), limitMilliseconds)
    let heard = ''
    socket.on('error', () => finish('absent'))
    socket.on('close', () => finish('rejected'))
    socket.on('connect', () => socket.write(`\0AUTH EXTERNAL ${user}\r\n`))
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1')
      if (heard.includes('\r\n') || heard.length > 4096)
        finish(heard.startsWith('OK ') ? 'ready' : 'rejected')
    })
  })
}

function unavailable(why: string): PimError {
  return new PimError('unavailable', 'store-unavailable', `cannot use the keychain: ${why}`, {
    hint: 'run pim inside a desktop session or under `dbus-run-session`, or set `PIM_CREDENTIAL_STORE=file` with `PIM_STORE_PASSPHRASE`',
  })
}
