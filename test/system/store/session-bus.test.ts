import { createServer, type Socket } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'

import { describe, expect, onTestFinished, test } from 'vitest'

import { awaitSessionBus } from '../../../src/system/store/session-bus.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** A socket that plays the session bus. */
async function listen(path: string, onConnection: (socket: Socket) => void = () => {}) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
}

function answerOk(socket: Socket) {
  socket.on('data', (bytes) => {
    const user = Buffer.from(String(userInfo().uid)).toString('hex')
    const isExpected = bytes.toString('latin1') === `\0AUTH EXTERNAL ${user}\r\n`
    socket.write(isExpected ? 'OK 0123456789abcdef\r\n' : 'REJECTED EXTERNAL\r\n')
  })
}

const wait = (address: string | undefined, runtime?: string) =>
  awaitSessionBus({ DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime }, 200)

describe.skipIf(process.platform === 'win32')('the session bus', () => {
  test('is ready once it answers, at a path with escapes and further keys', async () => {
    const folder = temporaryFolder()
    await listen(join(folder, 'a bus'), answerOk)
    await wait(`unix:path=${folder}/a%20bus,guid=00ff`)
  })

  test.runIf(process.platform === 'linux')('is found at an abstract address', async () => {
    const name = `pim-test-${process.pid}`
    await listen(`\0${name}`, answerOk)
    await wait(`unix:abstract=${name}`)
  })

  test('is looked for in XDG_RUNTIME_DIR where no address is set', async () => {
    const folder = temporaryFolder()
    await listen(join(folder, 'bus'), answerOk)
    await wait(undefined, folder)
    await wait('', folder)
    await wait('unix:runtime=yes', folder)
  })

  test('is the first of several that takes the connection', async () => {
    const folder = temporaryFolder()
    await listen(join(folder, 'bus'), answerOk)
    await wait(`unix:path=${folder}/none;unix:path=${folder}/bus`)
  })

  test('that accepts and never answers is given up, even before one that would', async () => {
    const folder = temporaryFolder()
    await listen(join(folder, 'dead'))
    await listen(join(folder, 'bus'), answerOk)
    await expect(wait(`unix:path=${folder}/dead;unix:path=${folder}/bus`)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'store-unavailable',
      message: expect.stringContaining('does not answer'),
    })
  })

  test('that turns the user away or hangs up is an error', async () => {
    const folder = temporaryFolder()
    await listen(join(folder, 'rejects'), (socket) => socket.write('REJECTED EXTERNAL\r\n'))
    await listen(join(folder, 'hangs-up'), (socket) => socket.end())
    for (const name of ['rejects', 'hangs-up'])
      await expect(wait(`unix:path=${folder}/${name}`)).rejects.toThrow('turned this user away')
  })

  test.each([
    [undefined, 'there is no D-Bus session bus'],
    ['unix:path=/nonexistent/bus', 'no D-Bus session bus is running'],
    ['autolaunch:', 'cannot check'],
    ['tcp:host=127.0.0.1,port=1', 'cannot check'],
    ['unix:path=%zz', 'cannot check'],
    ['unix:runtime=yes', 'cannot check'],
  ])('at %s is an error with a hint', async (address, words) => {
    await expect(wait(address)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining(words),
      hint: expect.stringContaining('PIM_STORE_PASSPHRASE'),
    })
  })
})
