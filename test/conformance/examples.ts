import { basename } from 'node:path'

import type { GivenAnswer, SentRequest } from './exchange.ts'
import { nodeAt, readDocuments, readJson } from './swagger-documents.ts'
import type { Node, Operation } from './swagger-documents.ts'

/** An official example: a call, and what it is answered with, once for each status. */
export interface Example {
  readonly name: string
  readonly operation: Operation
  readonly request: SentRequest
  readonly answers: readonly GivenAnswer[]
  /** What it gives besides the parameters of its operation. */
  readonly extra: Node
}

/** Every example that an operation of the documents refers to. */
export function readExamples(specs: string): readonly Example[] {
  return readDocuments(specs).operations.flatMap((operation) =>
    operation.examples.map((file) => readExample(operation, file)),
  )
}

function readExample(operation: Operation, file: string): Example {
  const document = readJson(file)
  const given = nodeAt(document, 'parameters')
  const { method } = operation
  const url = urlOf(operation, given)
  const bodyName = operation.parameters.find((parameter) => parameter.in === 'body')?.name
  const listed = operation.parameters.map(({ name }) => name)
  const answers = Object.entries(nodeAt(document, 'responses')).map(([status, response]) => ({
    method,
    url,
    status: Number(status),
    body: (response as Node)['body'],
  }))
  return {
    name: basename(file, '.json'),
    operation,
    request: { method, url, ...(bodyName !== undefined && { body: given[bodyName] }) },
    answers,
    extra: Object.fromEntries(Object.entries(given).filter(([name]) => !listed.includes(name))),
  }
}

function urlOf({ template, parameters }: Operation, given: Node): string {
  const path = template.replaceAll(/\{(.+?)\}/g, (_, name: string) => String(given[name]))
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.name in given)
    .map(({ name }) => `${name}=${encodeURIComponent(String(given[name]))}`)
  return `${path}?${query.join('&')}`
}
