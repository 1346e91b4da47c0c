import { splitUrl } from './exchange.ts'
import type { Problems } from './exchange.ts'
import type { Operation, Parameter } from './swagger-documents.ts'

/** The operation that a call is, with what is wrong with its URL; or only what is wrong. */
interface Route {
  readonly operation?: Operation
  readonly problems: Problems
}

/** Finds the operation by method, path and `api-version`. */
export type FindRoute = (method: string, url: string) => Route

/** Prepares the templates of all operations. The fewer parameters a template has, the earlier it is tried. */
export function createRoutes(operations: readonly Operation[]): FindRoute {
  const routes = operations
    .map((operation) => ({ operation, pattern: toPattern(operation) }))
    .toSorted((a, b) => countParameters(a.operation) - countParameters(b.operation))
  return (method, url) => {
    const { path, query } = splitUrl(url)
    const found = routes.filter(({ pattern }) => pattern.test(path))
    const called = found.filter(({ operation }) => operation.method === method)
    const [first] = called
    if (first === undefined) {
      return { problems: [`unknown operation: ${method} ${path}${otherMethods(found)}`] }
    }
    const version = query.get('api-version')
    const route = called.find(({ operation }) => operation.version === version)
    if (route === undefined) {
      const known = called.map(({ operation }) => operation.version)
      return { problems: [`api-version ${version} is none of ${known.join(', ')}`] }
    }
    return { operation: route.operation, problems: checkScope(route.pattern.exec(path)?.groups) }
  }
}

function otherMethods(found: readonly { operation: Operation }[]): string {
  if (found.length === 0) return ''
  return `; there is ${found.map(({ operation }) => operation.method).join(', ')}`
}

/** ARM compares paths without regard to case; what may span segments may also be empty. */
function toPattern({ template, parameters }: Operation): RegExp {
  const source = template
    .split('/')
    .slice(1)
    .map((segment) => {
      const name = /^\{(?<name>.+)\}$/.exec(segment)?.groups?.['name']
      if (name === undefined) return `/${segment.replaceAll('.', String.raw`\.`)}`
      return spansSegments(parameters, name) ? `(?:/(?<${name}>.*?))?` : '/[^/]+'
    })
  return new RegExp(`^${source.join('')}$`, 'i')
}

function spansSegments(parameters: readonly Parameter[], name: string): boolean {
  const parameter = parameters.find((one) => one.name === name)
  return parameter?.['x-ms-skip-url-encoding'] === true
}

function countParameters({ template }: Operation): number {
  return template.split('{').length
}

const resource = String.raw`/providers/[\w.]+(/[^/]+/[^/]+)+`
const scopes = [
  new RegExp(`^subscriptions/[^/]+(/resourceGroups/[^/]+)?(${resource})?$`, 'i'),
  /^providers\/Microsoft\.Management\/managementGroups\/[^/]+$/i,
  // An alias that the official examples use.
  /^providers\/Microsoft\.Subscription\/subscriptions\/[^/]+$/i,
]

function checkScope(groups: Readonly<Record<string, string | undefined>> | undefined): Problems {
  const scope = groups?.['scope']
  if (scope === undefined || scopes.some((form) => form.test(scope))) return []
  return [`${JSON.stringify(scope)} is no scope`]
}
