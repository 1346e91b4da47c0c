/** An ARM scope, taken apart as far as pim needs it. */
export type Scope =
  | { readonly kind: 'root' }
  | { readonly kind: 'management-group'; readonly id: string }
  | { readonly kind: 'subscription'; readonly id: string }
  | { readonly kind: 'resource-group'; readonly subscription: string; readonly name: string }
  | { readonly kind: 'other' }

const managementGroup = /^\/providers\/Microsoft\.Management\/managementGroups\/([^/]+)$/i
const subscription = /^\/subscriptions\/([^/]+)$/i
const resourceGroup = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)$/i

export function parseScope(scope: string): Scope {
  if (scope === '/') return { kind: 'root' }
  const group = managementGroup.exec(scope)?.[1]
  if (group !== undefined) return { kind: 'management-group', id: group }
  const id = subscription.exec(scope)?.[1]
  if (id !== undefined) return { kind: 'subscription', id }
  const [, parent, name] = resourceGroup.exec(scope) ?? []
  return parent === undefined || name === undefined
    ? { kind: 'other' }
    : { kind: 'resource-group', subscription: parent, name }
}

/** One spelling for a scope: ARM writes a subscription in two ways, and a slash more or less. */
export function tidyScope(text: string): string {
  const bare = text.replace(/^\/+|\/+$/g, '')
  return `/${bare}`.replace(
    /^\/providers\/Microsoft\.Subscription\/subscriptions\//i,
    '/subscriptions/',
  )
}

/** The scope of the subscription that a scope is or lies in. */
export function subscriptionOf(scope: string): string | undefined {
  return /^\/subscriptions\/[^/]+/i.exec(scope)?.[0]
}

/** How narrow a scope is: what lies in another is deeper than it. */
export function depthOf(scope: string): number {
  const parsed = parseScope(scope)
  switch (parsed.kind) {
    case 'root':
      return 0
    case 'management-group':
      return 1
    case 'subscription':
    case 'resource-group':
    case 'other':
      return scope.split('/').length
  }
}

/**
 * Whether a scope may lie in another. Which subscriptions a management group holds cannot be read
 * off their ids; ARM refuses what does not belong there.
 */
export function mayLieIn(inner: string, outer: string): boolean {
  if (outer === '/') return inner !== '/'
  if (parseScope(outer).kind === 'management-group') return subscriptionOf(inner) !== undefined
  return fold(inner).startsWith(`${fold(outer)}/`)
}

/** The last part of a role definition's id, which is the same at every scope. */
export function roleIdOf(roleDefinitionId: string): string {
  return roleDefinitionId.slice(roleDefinitionId.lastIndexOf('/') + 1)
}

/** What tells one right from another: where, and which role. ARM writes ids in any case. */
export function rightKey(scope: string, roleDefinitionId: string): string {
  return `${fold(scope)} ${fold(roleIdOf(roleDefinitionId))}`
}

export function fold(text: string): string {
  return text.toLowerCase()
}
