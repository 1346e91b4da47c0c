import type { ErrorObject } from 'ajv'

import { isEmpty, isObject, isUnlisted } from './exchange.ts'
import type { Checker, GivenAnswer, Problems, SentRequest, Unlisted } from './exchange.ts'
import { readDocuments } from './swagger-documents.ts'
import type { Operation } from './swagger-documents.ts'
import { describeError } from './swagger-keywords.ts'
import { isKnownNull } from './swagger-oddities.ts'
import { checkQuery } from './swagger-query.ts'
import { createRoutes } from './swagger-routes.ts'
import { createSchemas } from './swagger-schema.ts'
import type { Schemas, Side } from './swagger-schema.ts'

/** Reads the official documents of Azure Resource Manager and holds calls against them. */
export function loadSwagger(specs: string, unlisted: readonly Unlisted[] = []): Checker {
  const documents = readDocuments(specs)
  const findRoute = createRoutes(documents.operations)
  const requests = createSchemas(documents, 'request')
  const answers = createSchemas(documents, 'answer')
  return {
    checkRequest: (request) => {
      if (isUnlisted(unlisted, request)) return []
      const { operation, problems } = findRoute(request.method, request.url)
      if (operation === undefined) return problems
      const { url } = request
      return [
        ...problems,
        ...checkQuery(operation, url),
        ...checkSent(operation, request, requests),
      ]
    },
    checkAnswer: (answer) => {
      if (isUnlisted(unlisted, answer)) return []
      const { operation, problems } = findRoute(answer.method, answer.url)
      if (operation !== undefined) return checkGiven(operation, answer, answers)
      // What nobody serves is answered with an error like any other.
      return answer.status >= 400 ? missingFrom(answer.body) : problems
    },
  }
}

function checkSent(operation: Operation, { body }: SentRequest, schemas: Schemas): Problems {
  const parameter = operation.parameters.find((one) => one.in === 'body')
  if (parameter?.schema === undefined)
    return isEmpty(body) ? [] : ['a body is sent, and none is taken']
  if (body === undefined) return parameter.required === true ? ['the body is missing'] : []
  return describe('request', schemas.validate(parameter.schema, operation.file, body))
}

function checkGiven(operation: Operation, answer: GivenAnswer, schemas: Schemas): Problems {
  const { status, body } = answer
  const key = String(status)
  if (status >= 400) return checkError(operation, body, schemas)
  if (!operation.responses.has(key)) return [`status ${key} is not described`]
  const schema = operation.responses.get(key)
  if (schema === undefined) return isEmpty(body) ? [] : ['a body is given, and none is described']
  return describe('answer', schemas.validate(schema, operation.file, body))
}

function checkError(operation: Operation, body: unknown, schemas: Schemas): Problems {
  const schema = operation.responses.get('default')
  return [
    ...missingFrom(body),
    ...(schema === undefined
      ? []
      : describe('answer', schemas.validate(schema, operation.file, body))),
  ]
}

/** No document requires a code, and nothing could be told about an error without one. */
function missingFrom(body: unknown): Problems {
  const error = isObject(body) ? body['error'] : undefined
  return ['code', 'message']
    .filter((name) => !isObject(error) || typeof error[name] !== 'string')
    .map((name) => `/error/${name}: is missing`)
}

function describe(side: Side, errors: readonly ErrorObject[]): Problems {
  return errors.filter((error) => !isKnownNull(error, side)).map((error) => describeError(error))
}
