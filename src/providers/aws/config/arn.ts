const roleArn = /^arn:(aws[\w-]*):iam::(\d{12}):role\/((?:[\w+=,.@-]+\/)*([\w+=,.@-]{1,64}))$/
const accountAndRole = /^(\d{12})\/((?:[\w+=,.@-]+\/)*([\w+=,.@-]{1,64}))$/

/** A role's ARN, taken apart. `path` is the role's path and name, `name` only the name. */
export interface RoleArn {
  readonly arn: string
  readonly partition: string
  readonly account: string
  readonly path: string
  readonly name: string
}

export function parseRoleArn(text: string): RoleArn | undefined {
  const [arn, partition, account, path, name] = roleArn.exec(text) ?? []
  if (arn === undefined || partition === undefined || account === undefined) return undefined
  return path === undefined || name === undefined
    ? undefined
    : { arn, partition, account, path, name }
}

/** Reads `<account-id>/<role>`, a role of the standard partition. */
export function parseAccountAndRole(text: string): RoleArn | undefined {
  const [, account, path] = accountAndRole.exec(text) ?? []
  return account === undefined || path === undefined
    ? undefined
    : parseRoleArn(`arn:aws:iam::${account}:role/${path}`)
}

/**
 * The name of the person or workload in a caller's ARN: the user name of `user/path/alice`, the
 * session name of `assumed-role/Role/alice@example.com`, else the last part.
 */
export function personOf(arn: string): string {
  const resource = arn.split(':').slice(5).join(':')
  return resource.split('/').at(-1) ?? resource
}

/** Whether credentials with this ARN are themselves a role's session, so that AWS counts the next role as chained. */
export function isRoleSession(arn: string): boolean {
  return arn.split(':')[5]?.startsWith('assumed-role/') ?? false
}

/** The role that a path names by itself: an ARN, or `<account-id>/<role>`. */
export function roleOf(path: string): RoleArn | undefined {
  return parseRoleArn(path) ?? parseAccountAndRole(path)
}
