import { splitUrl } from './exchange.ts'
import type { Problems } from './exchange.ts'
import type { Operation, Parameter } from './swagger-documents.ts'

/** Parameters that no document lists and that work, with where that is known from. */
export const unlistedParameters: readonly { operation: string; name: string; reason: string }[] = [
  {
    operation: 'RoleManagementPolicyAssignments_ListForScope',
    name: '$filter',
    reason: "narrows to one role by roleDefinitionId eq '…'; read in the code of a tool that works",
  },
  {
    operation: 'EligibleChildResources_Get',
    name: '$getAllChildren',
    reason: 'without it deep trees of management groups may list nothing; measured by a tool',
  },
]

/** Checks that every parameter of the query is listed, there once, and there at all if required. */
export function checkQuery(operation: Operation, url: string): Problems {
  const { query } = splitUrl(url)
  const listed = operation.parameters.filter((parameter) => parameter.in === 'query')
  const names = [...new Set(query.keys())]
  return [
    ...names
      .filter((name) => !listed.some((parameter) => parameter.name === name))
      .filter((name) => !isUnlistedButWorks(operation, name))
      .map((name) => `query parameter ${name} is not listed`),
    ...names
      .filter((name) => query.getAll(name).length > 1)
      .map((name) => `query parameter ${name} is there twice`),
    ...listed
      .filter(({ required, name }) => required === true && !query.has(name))
      .map(({ name }) => `query parameter ${name} is missing`),
    ...listed.flatMap((parameter) => checkFilter(parameter, query.get(parameter.name))),
  ]
}

function isUnlistedButWorks(operation: Operation, name: string): boolean {
  // Nobody makes this one up: it is in the links that the service gives to its next page.
  if (operation.isPaged && name === '$skiptoken') return true
  return unlistedParameters.some((one) => one.operation === operation.id && one.name === name)
}

/** The functions of a filter, such as `asTarget()`, are known only from the parameter's description. */
function checkFilter({ name, description = '' }: Parameter, value: string | null): Problems {
  if (name !== '$filter' || value === null) return []
  return [...value.matchAll(/(\w+)\(/g)]
    .map(([, called = '']) => called)
    .filter((called) => !description.includes(called))
    .map((called) => `$filter knows no ${called}()`)
}
