import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { userInfo } from 'node:os'

import { methodCall, methodReturn, readMessage, readValues, writeMessage } from './dbus-message.ts'
import type { Message, Value } from './dbus-message.ts'
import { bareBus } from './session.ts'
import type { Cloud } from './pim.ts'

/** What a desktop was asked to show, letter by letter. */
interface Shown {
  readonly app: string
  readonly summary: string
  readonly body: string
}

/** A session bus of its own with a notification daemon on it. */
export interface Desktop extends AsyncDisposable {
  /** What makes a program believe that it runs there. */
  readonly env: Readonly<Record<string, string>>
  readonly shown: readonly Shown[]
}

export async function openDesktop(cloud: Cloud): Promise<Desktop> {
  const bus = spawn(
    'dbus-daemon',
    [`--config-file=${bareBus(cloud)}`, '--nofork', '--print-address=1'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const address = await new Promise<string>((resolve, reject) => {
    bus.once('error', reject)
    bus.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()))
  })
  const shown: Shown[] = []
  const socket = await serve(address, shown)
  return {
    env: { DBUS_SESSION_BUS_ADDRESS: address, DISPLAY: ':99', SSH_CONNECTION: '' },
    shown,
    [Symbol.asyncDispose]: async () => {
      socket.destroy()
      bus.kill()
      await new Promise((resolve) => bus.once('exit', resolve))
    },
  }
}

/** Takes the daemon's name on the bus, and answers as one that shows everything. */
async function serve(address: string, shown: Shown[]): Promise<Socket> {
  const path = /path=([^,]+)/.exec(address)?.[1] ?? join('/', 'nowhere')
  const socket = connect(decodeURIComponent(path))
  const uid = Buffer.from(String(userInfo().uid)).toString('hex')
  socket.write(`\0AUTH EXTERNAL ${uid}\r\n`)
  await new Promise((resolve) => socket.once('data', resolve))
  socket.write('BEGIN\r\n')
  let serial = 0
  const callBus = (member: string, ...values: readonly Value[]) => {
    const bus = 'org.freedesktop.DBus'
    const fields = { path: '/org/freedesktop/DBus', interface: bus, member, destination: bus }
    socket.write(writeMessage(methodCall, ++serial, fields, values))
  }
  const ready = Promise.withResolvers<void>()
  let unread = Buffer.alloc(0)
  socket.on('data', (bytes) => {
    unread = Buffer.concat([unread, bytes])
    for (let next = readMessage(unread); next !== undefined; next = readMessage(unread)) {
      unread = Buffer.from(next.rest)
      const { message } = next
      if (message.type === methodCall) {
        const fields = { replySerial: message.serial, destination: message.sender }
        socket.write(writeMessage(methodReturn, ++serial, fields, answer(message, shown)))
      } else if (message.member === 'NameAcquired' && message.body.includes('Notifications')) {
        ready.resolve()
      }
    }
  })
  callBus('Hello')
  callBus('RequestName', 'org.freedesktop.Notifications', 0)
  await ready.promise
  return socket
}

function answer({ member, body }: Message, shown: Shown[]): readonly Value[] {
  if (member === 'GetServerInformation') return ['test', 'test', '1', '1.2']
  if (member === 'GetCapabilities') return [['body', 'body-markup']]
  if (member !== 'Notify') return []
  const [app, , , summary, text] = readValues(body, 'susss')
  shown.push({ app: String(app), summary: String(summary), body: String(text) })
  return [shown.length]
}
