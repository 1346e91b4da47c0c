import { PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { formatTarget } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { resolveTargets } from '../../flows/discover/resolve-targets.ts'

/** `pim alias list` */
export async function aliasListCommand(deps: Deps): Promise<number> {
  const { aliases } = await deps.settings()
  if (deps.io.wantsJson) deps.io.json({ schema: 'pim.aliases/v1', aliases })
  else {
    if (Object.keys(aliases).length === 0) deps.io.note('there are no aliases')
    for (const [name, targets] of Object.entries(aliases)) {
      deps.io.out(`${printable(name)}=${targets.map(printable).join(' ')}`)
    }
  }
  return 0
}

/** `pim alias set NAME TARGET…`: the targets are looked up now, so that a typing error shows now. */
export async function aliasSetCommand(
  name: string,
  words: readonly string[],
  deps: Deps,
): Promise<number> {
  const targets = (await resolveTargets(words, deps)).map(formatTarget)
  await deps.changeConfig((document) => ({
    ...document,
    aliases: { ...aliasesOf(document), [name]: targets },
  }))
  deps.io.note(`\`${printable(name)}\` names ${targets.map(printable).join(', ')}`)
  if (deps.io.wantsJson) deps.io.json({ schema: 'pim.aliases/v1', aliases: { [name]: targets } })
  return 0
}

/** `pim alias remove NAME` */
export async function aliasRemoveCommand(name: string, deps: Deps): Promise<number> {
  const { aliases } = await deps.settings()
  if (!Object.hasOwn(aliases, name)) {
    throw new PimError('usage', 'unknown-alias', `there is no alias \`${printable(name)}\``, {
      hint: '`pim alias list` shows what there is',
    })
  }
  await deps.changeConfig((document) => {
    const { [name]: _, ...others } = aliasesOf(document)
    return { ...document, aliases: others }
  })
  deps.io.note(`removed the alias \`${printable(name)}\``)
  if (deps.io.wantsJson) deps.io.json({ schema: 'pim.aliases/v1', aliases: {} })
  return 0
}

function aliasesOf(document: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { aliases } = document
  return typeof aliases === 'object' && aliases !== null ? { ...aliases } : {}
}
