import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

import { isObject } from './exchange.ts'

export type Node = Readonly<Record<string, unknown>>

/** A node of a document, and the file that its references start from. */
export interface Place {
  readonly file: string
  readonly node: Node
  /** What tells it from every other place. */
  readonly name: string
}

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Node
  readonly 'x-ms-skip-url-encoding'?: boolean
}

export interface Operation {
  readonly id: string
  readonly method: string
  readonly template: string
  readonly version: string
  readonly file: string
  readonly parameters: readonly Parameter[]
  /** By status or `default`; a response without a schema has no body. */
  readonly responses: ReadonlyMap<string, Node | undefined>
  /** Whether its answer may lead to another page. */
  readonly isPaged: boolean
  /** The files of its official examples. */
  readonly examples: readonly string[]
}

export interface Documents {
  readonly operations: readonly Operation[]
  readonly resolve: (reference: string, from: string) => Place
  readonly definitions: (file: string) => readonly Place[]
}

/** The versions of Microsoft.Authorization that pim speaks. */
export const versions = [
  'stable/2020-10-01',
  'preview/2021-01-01-preview',
  'stable/2022-04-01',
] as const

/** Where a version's documents and examples lie. */
export function versionFolder(specs: string, version: string): string {
  const provider = 'azure/specification/authorization/resource-manager/Microsoft.Authorization'
  return join(specs, provider, version)
}

/** Reads the Swagger 2.0 documents of every version; references are followed when asked. */
export function readDocuments(specs: string): Documents {
  const documents = new Map<string, Node>()
  const read = (file: string): Node => {
    const known = documents.get(file)
    if (known !== undefined) return known
    const document = readJson(file)
    documents.set(file, document)
    return document
  }
  const resolve = (reference: string, from: string): Place => {
    const [path = '', pointer = ''] = reference.split('#')
    const file = path === '' ? from : join(dirname(from), path)
    const node = pointer
      .split('/')
      .slice(1)
      .reduce<unknown>((inside, key) => (isObject(inside) ? inside[key] : undefined), read(file))
    if (!isObject(node)) throw new Error(`${reference} leads nowhere from ${from}`)
    return { file, node, name: `${relative(specs, file)}${pointer}` }
  }
  const definitions = (file: string): readonly Place[] =>
    Object.keys(nodeAt(read(file), 'definitions')).map((name) =>
      resolve(`#/definitions/${name}`, file),
    )
  const operations = versions
    .map((version) => versionFolder(specs, version))
    .flatMap((folder) => documentsIn(folder))
    .flatMap((file) => operationsOf(file, read(file), resolve))
  return { operations, resolve, definitions }
}

/** Reads a JSON object from a file. */
export function readJson(file: string): Node {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!isObject(value)) throw new Error(`${file} is no JSON object`)
  return value
}

/** The object under a key; an empty one where there is none. */
export function nodeAt(node: Node, key: string): Node {
  const inside = node[key]
  return isObject(inside) ? inside : {}
}

function documentsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
}

function operationsOf(
  file: string,
  document: Node,
  resolve: Documents['resolve'],
): readonly Operation[] {
  const version = String(nodeAt(document, 'info')['version'])
  // `x-ms-paths` is left out: its one entry is the URL of RoleDefinitions_Get, written differently.
  return Object.entries(nodeAt(document, 'paths')).flatMap(([template, methods]) =>
    Object.entries(isObject(methods) ? methods : {}).map(([method, operation]) => ({
      id: String((operation as Node)['operationId']),
      method: method.toUpperCase(),
      template,
      version,
      file,
      parameters: ((operation as Node)['parameters'] as readonly Node[]).map((parameter) =>
        readParameter(parameter, file, resolve),
      ),
      responses: readResponses(operation as Node),
      isPaged: 'x-ms-pageable' in (operation as Node),
      examples: Object.values(nodeAt(operation as Node, 'x-ms-examples')).map((example) =>
        join(dirname(file), String((example as Node)['$ref'])),
      ),
    })),
  )
}

function readParameter(node: Node, file: string, resolve: Documents['resolve']): Parameter {
  const reference = node['$ref']
  const found = typeof reference === 'string' ? resolve(reference, file).node : node
  return found as unknown as Parameter
}

function readResponses(operation: Node): ReadonlyMap<string, Node | undefined> {
  return new Map(
    Object.entries(nodeAt(operation, 'responses')).map(([status, response]) => {
      const schema = isObject(response) ? response['schema'] : undefined
      return [status, isObject(schema) ? schema : undefined]
    }),
  )
}
