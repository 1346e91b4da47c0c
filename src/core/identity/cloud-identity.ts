import type { CloudIdentity } from '../provider.ts'

/** Who is signed in, and by what, where that is not a person: `app, by AZURE_CLIENT_ID and AZURE_CLIENT_SECRET`. */
export function describeIdentity({ name, signIn }: CloudIdentity): string {
  const { source, variables } = signIn ?? {}
  if (variables !== undefined) return `${name} (${source}: ${variables.join(' and ')})`
  return name
}

/** How to be somebody else, where variables of the environment decide; undefined where they do not. */
export function howToLeave({ signIn }: CloudIdentity): string | undefined {
  const variable = signIn?.variables?.at(-1)
  if (variable === undefined) return undefined
  return `unset ${variable} to use \`az login\` or \`pim login azure\``
}
