/** As much of the wire format of D-Bus as a notification daemon needs: https://dbus.freedesktop.org/doc/dbus-specification.html */

export interface Message {
  readonly type: number
  readonly serial: number
  readonly sender: string
  readonly member: string
  readonly body: Buffer
}

const fieldCodes = {
  path: 1,
  interface: 2,
  member: 3,
  replySerial: 5,
  destination: 6,
  signature: 8,
}

type Fields = Partial<Record<keyof typeof fieldCodes, string | number>>

/** Strings and numbers as they lie in a body. */
export type Value = string | number | readonly string[]

export const methodCall = 1
export const methodReturn = 2

export function writeMessage(
  type: number,
  serial: number,
  fields: Fields,
  values: readonly Value[] = [],
): Buffer {
  const body = writeBody(values)
  const signature = values.map(signatureOf).join('')
  const all = { ...fields, ...(signature !== '' && { signature }) }
  const array = Object.entries(all).reduce<Buffer>(
    (written, [name, value]) =>
      Buffer.concat([
        padded(written, 8),
        writeField(fieldCodes[name as keyof Fields], name, value),
      ]),
    Buffer.alloc(0),
  )
  const start = Buffer.from([0x6c, type, 0, 1, ...u32(body.length), ...u32(serial)])
  const header = Buffer.concat([start, Buffer.from(u32(array.length)), array])
  return Buffer.concat([padded(header, 8), body])
}

function writeField(code: number, name: string, value: string | number): Buffer {
  if (typeof value === 'number') return Buffer.from([code, 1, 0x75, 0, ...u32(value)])
  if (name === 'signature') return Buffer.from([code, 1, 0x67, 0, value.length, ...ascii(value), 0])
  const kind = name === 'path' ? 0x6f : 0x73
  return Buffer.concat([Buffer.from([code, 1, kind, 0]), writeString(value)])
}

function writeBody(values: readonly Value[]): Buffer {
  return values.reduce<Buffer>(
    (written, value) => Buffer.concat([padded(written, 4), writeValue(value)]),
    Buffer.alloc(0),
  )
}

function writeValue(value: Value): Buffer {
  if (typeof value === 'string') return writeString(value)
  if (typeof value === 'number') return Buffer.from(u32(value))
  const array = writeBody(value)
  return Buffer.concat([Buffer.from(u32(array.length)), array])
}

function signatureOf(value: Value): string {
  if (typeof value === 'string') return 's'
  return typeof value === 'number' ? 'u' : 'as'
}

function writeString(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from(u32(bytes.length)), bytes, Buffer.from([0])])
}

function padded(bytes: Buffer, to: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(align(bytes.length, to) - bytes.length)])
}

const align = (offset: number, to: number): number => Math.ceil(offset / to) * to
const ascii = (text: string): Buffer => Buffer.from(text, 'latin1')
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** The first message of what has been read, and what is left; undefined while it is not whole. */
export function readMessage(
  bytes: Buffer,
): { readonly message: Message; readonly rest: Buffer } | undefined {
  if (bytes.length < 16) return undefined
  const bodyLength = bytes.readUInt32LE(4)
  const fieldsEnd = 16 + bytes.readUInt32LE(12)
  const bodyStart = align(fieldsEnd, 8)
  if (bytes.length < bodyStart + bodyLength) return undefined
  const fields = new Map<number, string>()
  for (let at = 16; at < fieldsEnd; at = align(at, 8)) {
    const code = bytes.readUInt8(at)
    const kind = String.fromCharCode(bytes.readUInt8(at + 2))
    at += 4
    if (kind === 'u') at += 4
    else if (kind === 'g') at += bytes.readUInt8(at) + 2
    else {
      const text = readString(bytes, at)
      fields.set(code, text)
      at += 4 + Buffer.byteLength(text) + 1
    }
  }
  const message = {
    type: bytes.readUInt8(1),
    serial: bytes.readUInt32LE(8),
    sender: fields.get(7) ?? '',
    member: fields.get(3) ?? '',
    body: bytes.subarray(bodyStart, bodyStart + bodyLength),
  }
  return { message, rest: bytes.subarray(bodyStart + bodyLength) }
}

/** The strings and numbers that a body begins with. */
export function readValues(body: Buffer, signature: string): readonly (string | number)[] {
  let at = 0
  return signature.split('').map((kind) => {
    at = align(at, 4)
    const value = kind === 's' ? readString(body, at) : body.readUInt32LE(at)
    at += 4 + (typeof value === 'string' ? Buffer.byteLength(value) + 1 : 0)
    return value
  })
}

function readString(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at + 4, at + 4 + bytes.readUInt32LE(at))
}
