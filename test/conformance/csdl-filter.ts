import type { Model, StructuredType, TypeReference } from './csdl-model.ts'
import { checkLiteral } from './csdl-values.ts'
import type { Problems } from './exchange.ts'

/**
 * Reads a filter: comparisons of properties with literals, `in`, the text functions, `and`, `or`,
 * `not`, parentheses. Every property has to exist, and every literal to be one of its type.
 */
export function checkFilter(model: Model, type: StructuredType, text: string): Problems {
  try {
    const tokens = tokenize(text)
    readCondition({ model, type, tokens })
    const [left] = tokens
    return left === undefined ? [] : [`${left} is one word too many`]
  } catch (error) {
    if (error instanceof FilterProblem) return [error.message]
    throw error
  }
}

class FilterProblem extends Error {}

interface Reading {
  readonly model: Model
  readonly type: StructuredType
  /** What is left to read. */
  readonly tokens: string[]
}

const token =
  /\s*(duration'[^']*'|'(?:[^']|'')*'|\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?|-?\d+(?:\.\d+)?|[A-Za-z_][\w/]*|[(),])/y
const comparisons = ['eq', 'ne', 'gt', 'ge', 'lt', 'le']
const textFunctions = ['contains', 'startswith', 'endswith']
const isOpenEnded: TypeReference = { name: 'anything', isCollection: false }

function tokenize(text: string): string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.trimEnd().length) {
    const at = token.lastIndex
    const [, found] = token.exec(text) ?? []
    if (found === undefined) throw new FilterProblem(`cannot read ${text.slice(at)}`)
    tokens.push(found)
  }
  return tokens
}

function readCondition(reading: Reading): void {
  readTerm(reading)
  while (reading.tokens[0] === 'and' || reading.tokens[0] === 'or') {
    reading.tokens.shift()
    readTerm(reading)
  }
}

function readTerm(reading: Reading): void {
  const { tokens } = reading
  const first = take(reading)
  if (first === 'not') readTerm(reading)
  else if (first === '(') {
    readCondition(reading)
    expect(reading, ')')
  } else if (tokens[0] === '(') readTextFunction(reading, first)
  else readComparison(reading, first)
}

function readTextFunction(reading: Reading, name: string): void {
  if (!textFunctions.includes(name)) throw new FilterProblem(`${name} is no function`)
  expect(reading, '(')
  const { name: type } = typeOf(reading, take(reading))
  if (type !== 'Edm.String' && type !== 'anything') throw new FilterProblem(`${name} is for texts`)
  expect(reading, ',')
  readLiteral(reading, { name: 'Edm.String', isCollection: false })
  expect(reading, ')')
}

function readComparison(reading: Reading, path: string): void {
  const type = typeOf(reading, path)
  const operator = take(reading)
  if (operator === 'in') {
    expect(reading, '(')
    do readLiteral(reading, type)
    while (next(reading, ','))
    expect(reading, ')')
  } else if (comparisons.includes(operator)) readLiteral(reading, type)
  else throw new FilterProblem(`${operator} is no comparison`)
}

function readLiteral({ model, tokens }: Reading, type: TypeReference): void {
  const literal = tokens.shift()
  if (literal === undefined) throw new FilterProblem('ends too early')
  if (literal === 'null' || type === isOpenEnded) return
  const problem = checkLiteral(model, type.name, literal)
  if (problem !== undefined) throw new FilterProblem(problem)
}

function typeOf({ model, type }: Reading, path: string): TypeReference {
  let here: StructuredType = type
  let found: TypeReference | undefined
  for (const name of path.split('/')) {
    if (found !== undefined) {
      const inside = model.types.get(found.name)
      if (inside === undefined || inside.kind === 'enum' || found.isCollection) {
        throw new FilterProblem(`nothing is inside of ${found.name}`)
      }
      here = inside
    }
    const property = here.properties.get(name)
    if (property === undefined && here.isOpen) return isOpenEnded
    if (property === undefined) throw new FilterProblem(`${here.name} has no ${name}`)
    found = property.type
  }
  return found ?? isOpenEnded
}

function take({ tokens }: Reading): string {
  const taken = tokens.shift()
  if (taken === undefined) throw new FilterProblem('ends too early')
  return taken
}

function next({ tokens }: Reading, wanted: string): boolean {
  const isThere = tokens[0] === wanted
  if (isThere) tokens.shift()
  return isThere
}

function expect(reading: Reading, wanted: string): void {
  if (!next(reading, wanted)) throw new FilterProblem(`${wanted} is missing`)
}
