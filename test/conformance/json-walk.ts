import fc from 'fast-check'

import { isObject } from './exchange.ts'

export type Pointer = readonly (string | number)[]

/** Every place inside a JSON value, the value itself included, with what stands there. */
export function placesIn(value: unknown, at: Pointer = []): readonly [Pointer, unknown][] {
  const inside: readonly [string | number, unknown][] = Array.isArray(value)
    ? value.map((item: unknown, index): [number, unknown] => [index, item])
    : isObject(value)
      ? Object.entries(value)
      : []
  return [[at, value], ...inside.flatMap(([key, item]) => placesIn(item, [...at, key]))]
}

/** A copy in which something else stands at one place; undefined takes it out. */
function put(value: unknown, at: Pointer, there: unknown): unknown {
  const [key, ...rest] = at
  if (key === undefined) return there
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (index === key ? put(item, rest, there) : item))
  }
  if (!isObject(value)) throw new Error(`nothing is at ${at.join('/')}`)
  const { [key]: before, ...others } = value
  const after = put(before, rest, there)
  return after === undefined ? others : { ...value, [key]: after }
}

/** Something of another type than what stands there. */
export function ofAnotherType(value: unknown): unknown {
  if (typeof value === 'string') return 42
  if (typeof value === 'number' || typeof value === 'boolean') return 'neither'
  return Array.isArray(value) ? { notAList: true } : ['not an object']
}

/** The same message with something else at one place of its body. */
export function changed<Message extends { readonly body?: unknown }>(
  message: Message,
  at: Pointer,
  there: unknown,
): Message {
  return { ...message, body: put(message.body, at, there) }
}

/** Any place in the body of any of the messages at which a wanted value stands. */
export function anyPlace<Message extends { readonly body?: unknown }>(
  messages: readonly Message[],
  isWanted: (value: unknown) => boolean = (value) => value !== null,
): fc.Arbitrary<[Message, Pointer, unknown]> {
  const places = messages.flatMap((message) =>
    placesIn(message.body)
      .filter(([, value]) => isWanted(value))
      .map(([at, value]): [Message, Pointer, unknown] => [message, at, value]),
  )
  return fc.constantFrom(...places)
}
