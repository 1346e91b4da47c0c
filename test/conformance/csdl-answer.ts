import { checkValue, wholeShape } from './csdl-body.ts'
import type { Role } from './csdl-body.ts'
import type { Call } from './csdl-path.ts'
import type { Model, TypeReference } from './csdl-model.ts'
import { checkQuery } from './csdl-query.ts'
import { isEmpty, isObject } from './exchange.ts'
import type { GivenAnswer, Problems } from './exchange.ts'

/** Holds an answer that is no error against what its path leads to, and against what the query asked for. */
export function checkAnswered(call: Call, { status, body }: GivenAnswer): Problems {
  const expected = expectedOf(call)
  const type = expected.get(status)
  if (!expected.has(status)) {
    return [`status ${status} is none of ${[...expected.keys()].join(', ')}`]
  }
  if (type === undefined) return isEmpty(body) ? [] : ['body: is to be empty']
  const { shape } =
    call.method === 'GET' ? checkQuery(call.model, type, call.query) : { shape: wholeShape }
  return checkGiven(call.model, type, body, { side: 'answer', shape })
}

/** What each status of success is to bring; undefined for nothing. */
function expectedOf({ destination, method }: Call): ReadonlyMap<number, TypeReference | undefined> {
  if (destination.kind === 'action') {
    const { returns } = destination.action
    return new Map([[returns === undefined ? 204 : 200, returns]])
  }
  const { type } = destination
  if (method === 'POST') return new Map([[201, { ...type, isCollection: false }]])
  if (method === 'PATCH') {
    return new Map([
      [204, undefined],
      [200, type],
    ])
  }
  return new Map([[200, type]])
}

function checkGiven(model: Model, type: TypeReference, body: unknown, role: Role): Problems {
  if (!type.isCollection) return checkValue(model, type, body, '', role)
  if (!isObject(body)) return ['body: is no object']
  const annotations = Object.keys(body).filter((name) => name !== 'value')
  return [
    ...annotations
      .filter((name) => !name.startsWith('@odata.'))
      .map((name) => `/${name}: is unknown to a list`),
    ...checkNextLink(body['@odata.nextLink']),
    ...checkValue(model, type, body['value'], '/value', role),
  ]
}

function checkNextLink(link: unknown): Problems {
  if (link === undefined || (typeof link === 'string' && URL.canParse(link))) return []
  return ['/@odata.nextLink: is no absolute URL']
}

const errorKeys = ['code', 'message', 'innerError', 'details', 'target']

/** Holds an error against the form that all of them have. */
export function checkError(body: unknown): Problems {
  const error = isObject(body) ? body['error'] : undefined
  if (!isObject(error)) return ['/error: is missing']
  return [
    ...['code', 'message']
      .filter((name) => typeof error[name] !== 'string')
      .map((name) => `/error/${name}: is missing`),
    ...Object.keys(error)
      .filter((name) => !errorKeys.includes(name))
      .map((name) => `/error/${name}: is unknown to an error`),
  ]
}
