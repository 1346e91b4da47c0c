import { PimError } from '../../../core/errors.ts'

/** The version of everything about schedules, requests and policies. */
const pimVersion = '2020-10-01'

/** Role definitions and permissions. */
export const rolesVersion = '2022-04-01'

interface Query {
  readonly version?: string
  readonly filter?: string
}

/** The path below a scope of what Microsoft.Authorization keeps there. */
export function authorizationPath(
  scope: string,
  what: string,
  { version = pimVersion, filter }: Query = {},
): string {
  const base = scope === '/' ? '' : encodePath(scope)
  const filtered = filter === undefined ? '' : `&$filter=${encodeURIComponent(filter)}`
  return `${base}/providers/Microsoft.Authorization/${what}?api-version=${version}${filtered}`
}

/** A path with everything encoded but its slashes. */
export function encodePath(path: string): string {
  return path
    .split('/')
    .map((segment) => encodeURIComponent(segment.toWellFormed()))
    .join('/')
}

/** Whether ARM said that this may not be seen, or that it is not there. */
export function isNotShown(error: unknown): boolean {
  if (!(error instanceof PimError) || ['sign-in', 'interrupted'].includes(error.kind)) return false
  const { code = '', status = 0 } = error.provider ?? {}
  return [403, 404].includes(status) || code.toLowerCase() === 'insufficientpermissions'
}
