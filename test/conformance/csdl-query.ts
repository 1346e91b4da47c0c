import { wholeShape } from './csdl-body.ts'
import type { Shape } from './csdl-body.ts'
import { checkFilter } from './csdl-filter.ts'
import type { Model, Property, StructuredType, TypeReference } from './csdl-model.ts'
import type { Problems } from './exchange.ts'

/** What a query asks for, and what is wrong with it. */
export interface Query {
  readonly shape: Shape
  readonly problems: Problems
}

interface Option {
  /** Whether it makes sense for one thing, too. */
  readonly forOne: boolean
  readonly check: (model: Model, type: StructuredType, value: string) => Problems
}

const options: Readonly<Record<string, Option>> = {
  $select: { forOne: true, check: (_, type, value) => checkNames(type, value.split(',')) },
  $expand: { forOne: true, check: checkExpand },
  $filter: { forOne: false, check: checkFilter },
  $orderby: { forOne: false, check: checkOrder },
  $top: { forOne: false, check: (_, __, value) => checkForm(value, /^[1-9]\d*$/) },
  $skip: { forOne: false, check: (_, __, value) => checkForm(value, /^\d+$/) },
  $count: { forOne: false, check: (_, __, value) => checkForm(value, /^(true|false)$/) },
  $skiptoken: { forOne: false, check: () => [] },
}

/** Holds the system query options against the type that is asked for. */
export function checkQuery(model: Model, of: TypeReference, query: URLSearchParams): Query {
  const type = model.types.get(of.name)
  if (type === undefined || type.kind === 'enum') {
    return { shape: wholeShape, problems: [`${of.name} is not described`] }
  }
  const problems = [...query].flatMap(([name, value]) => {
    if (query.getAll(name).length > 1) return [`${name} is there twice`]
    const option = options[name]
    if (option === undefined) return [`${name} is no query option`]
    if (!of.isCollection && !option.forOne) return [`${name} is for lists only`]
    return option.check(model, type, value).map((problem) => `${name}: ${problem}`)
  })
  return { shape: readShape(query.get('$select'), query.get('$expand')), problems }
}

function readShape(select: string | null, expand: string | null): Shape {
  const expanded = expand === null ? [] : splitExpand(expand)
  return {
    select: select === null ? undefined : new Set(select.split(',')),
    expand: new Map(
      expanded.map(({ name, inside }) => [
        name,
        readShape(inside.get('$select'), inside.get('$expand')),
      ]),
    ),
  }
}

interface Expansion {
  readonly name: string
  readonly inside: URLSearchParams
}

function splitExpand(text: string): readonly Expansion[] {
  return splitOutside(text, ',').map((part) => {
    const { name = part, inside = '' } =
      /^(?<name>[^(]+)\((?<inside>.*)\)$/.exec(part)?.groups ?? {}
    const pairs = splitOutside(inside, ';').filter((pair) => pair !== '')
    return {
      name,
      inside: new URLSearchParams(
        pairs.map((pair): [string, string] => {
          const at = pair.indexOf('=')
          return [pair.slice(0, at), pair.slice(at + 1)]
        }),
      ),
    }
  })
}

/** Splits where no parenthesis and no quote is open. */
function splitOutside(text: string, separator: string): readonly string[] {
  const parts = ['']
  let depth = 0
  let isQuoted = false
  for (const character of text) {
    if (character === "'") isQuoted = !isQuoted
    else if (character === '(' && !isQuoted) depth++
    else if (character === ')' && !isQuoted) depth--
    if (character === separator && depth === 0 && !isQuoted) parts.push('')
    else parts.push(`${parts.pop() ?? ''}${character}`)
  }
  return parts
}

function checkExpand(model: Model, type: StructuredType, value: string): Problems {
  return splitExpand(value).flatMap(({ name, inside }) => {
    const property = type.properties.get(name)
    if (property?.isNavigation !== true) return [`${type.name} leads to no ${name}`]
    return checkQuery(model, property.type, inside).problems
  })
}

function checkNames(type: StructuredType, names: readonly string[]): Problems {
  return names.flatMap((path) => {
    const [name = ''] = path.split('/')
    return isProperty(type, type.properties.get(name)) ? [] : [`${type.name} has no ${name}`]
  })
}

function isProperty(type: StructuredType, property: Property | undefined): boolean {
  return property === undefined ? type.isOpen : !property.isNavigation
}

function checkOrder(_: Model, type: StructuredType, value: string): Problems {
  return value.split(',').flatMap((part) => {
    const { name } = /^(?<name>[\w/]+)( (asc|desc))?$/.exec(part.trim())?.groups ?? {}
    return name === undefined ? [`${part} is no order`] : checkNames(type, [name])
  })
}

function checkForm(value: string, form: RegExp): Problems {
  return form.test(value) ? [] : [`${value} is not what it takes`]
}
