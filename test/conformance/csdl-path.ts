import { isKindOf, withoutNamespace } from './csdl-model.ts'
import type { Bound, Model, TypeReference } from './csdl-model.ts'
import { checkLiteral } from './csdl-values.ts'
import { roots } from './graph-facts.ts'

/** What a path leads to: things of a type, or an action. */
export type Destination =
  | { readonly kind: 'things'; readonly type: TypeReference; readonly isResult: boolean }
  | { readonly kind: 'action'; readonly action: Bound }

/** A call whose path was understood. */
export interface Call {
  readonly model: Model
  readonly destination: Destination
  readonly method: string
  readonly query: URLSearchParams
}

export class PathProblem extends Error {}

/**
 * Follows a path, without its version, segment by segment: navigation properties, keys, functions
 * and actions. Throws a PathProblem that names the first segment which leads nowhere.
 */
export function followPath(model: Model, path: string): Destination {
  const segments = path.split('/').filter((segment) => segment !== '')
  const [start, rest] = findRoot(segments)
  let here: Destination = { kind: 'things', type: start, isResult: false }
  for (const segment of rest) here = follow(model, here, segment)
  return here
}

function findRoot(segments: readonly string[]): [TypeReference, readonly string[]] {
  for (let count = segments.length; count > 0; count--) {
    const root = roots[segments.slice(0, count).join('/')]
    if (root !== undefined) return [root, segments.slice(count)]
  }
  throw new PathProblem(`no path begins with ${segments.join('/')}`)
}

function follow(model: Model, from: Destination, segment: string): Destination {
  if (from.kind === 'action') throw new PathProblem(`${segment} comes after an action`)
  const { name, inside } = splitSegment(segment)
  const bound = findBound(model, from.type, withoutNamespace(name))
  if (bound !== undefined) return enter(model, bound, inside)
  if (from.type.isCollection) {
    if (from.isResult || inside !== undefined) throw new PathProblem(`${segment} is no key`)
    return { kind: 'things', type: { ...from.type, isCollection: false }, isResult: false }
  }
  const type = model.types.get(from.type.name)
  const property =
    type === undefined || type.kind === 'enum' ? undefined : type.properties.get(name)
  if (property?.isNavigation !== true) {
    throw new PathProblem(`${from.type.name} leads to no ${segment}`)
  }
  if (inside === undefined) return { kind: 'things', type: property.type, isResult: false }
  if (!property.type.isCollection || !/^'[^']+'$/.test(inside)) {
    throw new PathProblem(`${segment} is no key`)
  }
  return { kind: 'things', type: { ...property.type, isCollection: false }, isResult: false }
}

function splitSegment(segment: string): { name: string; inside: string | undefined } {
  const { name = segment, inside } = /^(?<name>[^(]+)\((?<inside>.*)\)$/.exec(segment)?.groups ?? {}
  return { name, inside }
}

function findBound(model: Model, type: TypeReference, name: string): Bound | undefined {
  return model.bound.find(
    (bound) =>
      bound.name === name &&
      bound.binding.isCollection === type.isCollection &&
      isKindOf(model, type.name, bound.binding.name),
  )
}

function enter(model: Model, bound: Bound, inside: string | undefined): Destination {
  if (bound.kind === 'action') {
    if (inside !== undefined) throw new PathProblem(`the action ${bound.name} has no parentheses`)
    return { kind: 'action', action: bound }
  }
  if (inside === undefined) throw new PathProblem(`the function ${bound.name} has parentheses`)
  checkArguments(model, bound, inside)
  if (bound.returns === undefined) throw new PathProblem(`${bound.name} returns nothing`)
  return { kind: 'things', type: bound.returns, isResult: true }
}

function checkArguments(model: Model, { name, parameters }: Bound, inside: string): void {
  const given = new Map(
    inside
      .split(',')
      .filter((part) => part !== '')
      .map((part): [string, string] => {
        const at = part.indexOf('=')
        return [part.slice(0, at), part.slice(at + 1)]
      }),
  )
  for (const parameter of parameters) {
    const value = given.get(parameter.name)
    if (value === undefined) throw new PathProblem(`${name} needs ${parameter.name}`)
    const problem = checkLiteral(model, parameter.type.name, value)
    if (problem !== undefined) throw new PathProblem(`${name}: ${parameter.name}: ${problem}`)
    given.delete(parameter.name)
  }
  for (const unknown of given.keys()) throw new PathProblem(`${name} takes no ${unknown}`)
}
