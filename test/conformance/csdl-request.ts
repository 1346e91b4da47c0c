import { checkValue } from './csdl-body.ts'
import type { Call } from './csdl-path.ts'
import { isKindOf } from './csdl-model.ts'
import type { Bound, Model, TypeReference } from './csdl-model.ts'
import { checkQuery } from './csdl-query.ts'
import { isEmpty, isObject } from './exchange.ts'
import type { Problems, SentRequest } from './exchange.ts'
import { changeable, creatable, decisions } from './graph-facts.ts'

/** Holds a request against what its path leads to. */
export function checkSent(call: Call, { body }: SentRequest): Problems {
  const { model, destination, method, query } = call
  if (destination.kind === 'action') {
    if (method !== 'POST') return [`an action is called by POST, not by ${method}`]
    return [...noOptions(query), ...checkParameters(model, destination.action, body)]
  }
  const { type, isResult } = destination
  if (method === 'GET') {
    const { problems } = checkQuery(model, type, query)
    return isEmpty(body) ? problems : [...problems, 'a GET has no body']
  }
  if (method === 'POST' && type.isCollection && !isResult) {
    return [...noOptions(query), ...checkNew(model, type, body)]
  }
  if (method === 'PATCH' && !type.isCollection && !isResult) {
    return [...noOptions(query), ...checkChange(model, type, body)]
  }
  return [`${method} does nothing to ${type.isCollection ? 'a list of ' : ''}${type.name}`]
}

function noOptions(query: URLSearchParams): Problems {
  return [...query.keys()].map((name) => `${name} is for GET only`)
}

function checkParameters(model: Model, { name, parameters }: Bound, body: unknown): Problems {
  if (parameters.length === 0 && isEmpty(body)) return []
  if (!isObject(body)) return [`body: ${name} takes an object`]
  const known = parameters.map((parameter) => parameter.name)
  return [
    ...Object.keys(body)
      .filter((key) => !known.includes(key))
      .map((key) => `/${key}: is no parameter of ${name}`),
    ...parameters.flatMap((parameter) => {
      const value = body[parameter.name]
      if (value === undefined) return parameter.isNullable ? [] : [`/${parameter.name}: is missing`]
      return checkValue(model, parameter.type, value, `/${parameter.name}`, { side: 'request' })
    }),
  ]
}

function checkNew(model: Model, type: TypeReference, body: unknown): Problems {
  const required = creatable[type.name]
  if (required === undefined) return [`nobody creates ${type.name}`]
  const missing = required.filter(
    (names) => !isObject(body) || names.every((name) => !(name in body)),
  )
  return [
    ...missing.map((names) => `/${names.join(' or ')}: is missing`),
    ...checkValue(model, { ...type, isCollection: false }, body, '', { side: 'request' }),
  ]
}

function checkChange(model: Model, type: TypeReference, body: unknown): Problems {
  const [, names] =
    Object.entries(changeable).find(([name]) => isKindOf(model, type.name, name)) ?? []
  if (names === undefined) return [`nobody changes ${type.name}`]
  const problems = checkValue(model, type, body, '', { side: 'request' })
  if (problems.length > 0 || !isObject(body)) return problems
  return [
    ...Object.keys(body)
      .filter((name) => !names.includes(name))
      .map((name) => `/${name}: is not to be changed`),
    ...names.filter((name) => !(name in body)).map((name) => `/${name}: is missing`),
    ...('reviewResult' in body && !decisions.some((decision) => decision === body['reviewResult'])
      ? [
          `/reviewResult: ${JSON.stringify(body['reviewResult'])} is none of ${decisions.join(', ')}`,
        ]
      : []),
  ]
}
