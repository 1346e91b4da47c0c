import { access, constants, stat } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { storeNames } from '../../core/store-item.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { providerIds, type ProviderId, type Target } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { readRequirements } from '../../flows/discover/requirements.ts'
import { leftoverWords, storeLeftovers } from './store-leftovers.ts'
import { createStyle, wantsColor, type Style } from '../../ui/output/style.ts'

interface Check {
  readonly id: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly message: string
  readonly hint?: string
}

/** `pim doctor`: what works here, what does not, and what to do. Exit code 1 where something fails. */
export async function doctorCommand(deps: Deps): Promise<number> {
  const { io } = deps
  const here = await Promise.all([
    nodeCheck(deps),
    configCheck(deps),
    stateCheck(deps),
    storeChecks(deps),
    auditCheck(deps),
  ])
  // A keychain that is locked asks one person one question: not while the stores are tried.
  const there = await Promise.all([providerChecks(deps), otherPimCheck(deps)])
  const groups = [...here, ...there]
  const checks = groups.flat()
  if (io.wantsJson) io.json({ schema: 'pim.doctor/v1', checks })
  else await show(checks, deps)
  return checks.some(({ status }) => status === 'fail') ? 1 : 0
}

/** Unlike everything else in colour this goes to stdout, which decides on its own. */
async function show(checks: readonly Check[], { io, env, globals, host }: Deps): Promise<void> {
  const style = await createStyle(wantsColor(env, globals.color, host.stdout))
  const paints: Record<Check['status'], Style[keyof Style]> = {
    ok: style.done,
    warn: style.warning,
    fail: style.error,
  }
  for (const { id, status, message, hint } of checks) {
    io.out(`${paints[status](status.padEnd(4))} ${printable(id)}: ${printable(message)}`)
    if (hint !== undefined) io.out(`     ${printable(hint)}`)
  }
}

async function nodeCheck({ host }: Deps): Promise<readonly Check[]> {
  return [
    {
      id: 'version',
      status: 'ok',
      message: `pim ${host.version} on Node ${process.versions.node}`,
    },
  ]
}

async function configCheck({ settings, folders }: Deps): Promise<readonly Check[]> {
  return attempt('config', async () => {
    await settings()
    return { id: 'config', status: 'ok', message: folders.configFile }
  })
}

/** Loading the lock proves the second native module; the first is proved by the stores. */
async function stateCheck(deps: Deps): Promise<readonly Check[]> {
  return attempt('state', async () => {
    await deps.flights.run('doctor', { signal: deps.signal, patienceSeconds: 3 }, async () => {})
    const { mode } = await stat(deps.folders.state)
    const isOpen = deps.host.platform !== 'win32' && (mode & 0o022) !== 0
    return isOpen
      ? {
          id: 'state',
          status: 'warn',
          message: `${deps.folders.state} can be written by others`,
          hint: `chmod 700 ${deps.folders.state}`,
        }
      : { id: 'state', status: 'ok', message: deps.folders.state }
  })
}

async function storeChecks(deps: Deps): Promise<readonly Check[]> {
  const stores = (await deps.diagnoseStores()).map(({ name, ...rest }) => ({
    id: `store.${name}`,
    ...rest,
  }))
  const inUse = await attempt('store', async () => {
    const { name } = await deps.stores.choose()
    return name === 'memory'
      ? {
          id: 'store',
          status: 'warn',
          message: 'nothing is kept: `pim elevate` needs a store, `pim exec` and `pim env` do not',
          hint: 'unlock the keychain, or set PIM_STORE_PASSPHRASE',
        }
      : { id: 'store', status: 'ok', message: `credentials are kept in: ${name}` }
  })
  const working = stores.filter(({ id, status }) => status === 'ok' && id !== 'store.memory')
  const leftovers = await Promise.all(working.map(({ id }) => leftoverCheck(id, deps)))
  return [...inUse, ...stores, ...leftovers.flat()]
}

/** Secrets that stay behind are nobody's to see, and should not be there. */
async function leftoverCheck(storeId: string, deps: Deps): Promise<readonly Check[]> {
  const id = `${storeId}.leftovers`
  const name = storeNames.find((each) => storeId === `store.${each}`)
  if (name === undefined) return []
  try {
    const leftovers = (await storeLeftovers(name, deps)) ?? []
    if (leftovers.length === 0) return []
    return [{ id, status: 'warn', ...leftoverWords(name, leftovers) }]
  } catch (thrown) {
    return [failed(id, asPimError(thrown))]
  }
}

async function auditCheck({ audit }: Deps): Promise<readonly Check[]> {
  return attempt('audit', async () => {
    const { ok, records, message, anchor, firstBadSeq } = await audit.verify()
    if (!ok) {
      return {
        id: 'audit',
        status: 'fail',
        message: message ?? `broken at record ${firstBadSeq}`,
        hint: '`pim audit verify` says more',
      }
    }
    const isAnchored = anchor !== 'absent' && anchor !== 'unreadable'
    return {
      id: 'audit',
      status: isAnchored || records === 0 ? 'ok' : 'warn',
      message: `${records} records in ${audit.path}, anchor ${anchor}`,
    }
  })
}

async function providerChecks(deps: Deps): Promise<readonly Check[]> {
  const broken: Check[] = []
  const checks = providerIds.map((id) =>
    attempt(id, async () => {
      const provider = await deps.provider(id)
      if (!(await provider.isSetUp())) return notSetUp(id)
      const { targets, troubles } = await provider.discover(deps.signal)
      const [trouble] = troubles
      if (trouble !== undefined) throw trouble
      broken.push(...((await provider.diagnose?.()) ?? []))
      if (provider.access === 'session') broken.push(...(await brokenTargets(targets, deps)))
      return targets.length > 0
        ? { id, status: 'ok', message: `${targets.length} targets` }
        : {
            id,
            status: 'warn',
            message:
              provider.access === 'session'
                ? `no targets; looked for ${provider.source()}`
                : `no targets: you are eligible for no ${provider.source()}`,
            ...(id === 'aws' && { hint: noTargets }),
          }
    }),
  )
  return [...(await Promise.all(checks)).flat(), ...broken]
}

/** Targets that can never work as they are set up. Who hands out sessions says so without a call. */
async function brokenTargets(targets: readonly Target[], deps: Deps): Promise<readonly Check[]> {
  const demands = await readRequirements(targets, deps)
  return [...demands].flatMap(([target, found]): Check[] => {
    if (!(found instanceof PimError)) return []
    const { message, hint } = found
    return [{ id: target, status: 'warn', message, ...(hint !== undefined && { hint }) }]
  })
}

/** Not to use a cloud is no fault. */
function notSetUp(id: ProviderId): Check {
  return {
    id,
    status: 'ok',
    message: 'not set up',
    hint: '`pim login azure` signs in to Microsoft, for Azure and Entra',
  }
}

const noTargets = 'a role can also be named as <account-id>/<role> or by its ARN'

/** Other programs are called `pim` too; the first on PATH wins. */
async function otherPimCheck({ env }: Deps): Promise<readonly Check[]> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const found: string[] = []
  for (const folder of new Set(folders)) {
    const path = join(folder, 'pim')
    if (await isProgram(path)) found.push(path)
  }
  if (found.length < 2) return []
  return [
    {
      id: 'path',
      status: 'warn',
      message: `several programs are called pim: ${found.join(', ')}`,
      hint: `the one in ${dirname(found[0] ?? '')} is the one that runs`,
    },
  ]
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function attempt(id: string, check: () => Promise<Check>): Promise<readonly Check[]> {
  try {
    return [await check()]
  } catch (thrown) {
    return [failed(id, asPimError(thrown))]
  }
}

function failed(id: string, { message, hint }: PimError): Check {
  return { id, status: 'fail', message, ...(hint !== undefined && { hint }) }
}
