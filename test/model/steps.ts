import { after, hours, minutes, seconds } from '../../src/core/time/duration.ts'
import { heldNow, type Elevation } from '../../src/core/elevation/elevation.ts'
import type { ElevationRequest } from '../../src/core/elevation/request.ts'
import type { Provider } from '../../src/core/provider.ts'
import { formatTarget, type Target } from '../../src/core/target.ts'
import { cancel } from '../../src/flows/approve/cancel.ts'
import { elevate } from '../../src/flows/elevate/elevate.ts'
import { everythingActive } from '../../src/flows/release/all-active.ts'
import { assertExtendable, releaseAndElevate } from '../../src/flows/use/extend.ts'
import { releaseLater } from '../../src/flows/release/release-later.ts'
import { grantedElevation } from '../../src/flows/track/active-at-provider.ts'
import { reconcile } from '../../src/flows/track/reconcile.ts'
import { release } from '../../src/flows/release/release.ts'
import { elevationById } from '../../src/flows/approve/requests.ts'
import { resume } from '../../src/flows/approve/resume.ts'
import { runAs } from '../../src/flows/use/run-as.ts'
import { settle } from '../../src/flows/elevate/wait.ts'
import type { WaitLimit } from '../../src/flows/elevate/wait-limit.ts'
import type { Change, Command, Step } from './any-step.ts'
import { startProcess, type Account, type Machine, type Process } from './machine.ts'
import { grantables, type Kind } from './tenant.ts'

/** Everything that a run of the model knows. */
export interface World extends Machine {
  readonly accounts: readonly Account[]
  jump: (seconds: number) => void
  /** When somebody last ended something in the portal, by the true clock. */
  endedAt: Map<string, number>
  readonly trueNow: () => Date
  asked: number
}

export async function take(step: Step, world: World): Promise<void> {
  if ('command' in step) return run(step, world)
  await change(step, world)
}

async function change(step: Change, world: World): Promise<void> {
  if ('pass' in step) world.pass(seconds(step.pass))
  else if ('jump' in step) world.jump(step.jump)
  else if ('helper' in step) await runHelper(world)
  else if ('lag' in step) {
    for (const { tenant } of world.accounts) tenant.settings.listingLag = step.lag
  } else if ('signIn' in step) {
    const account = accountAt(step.signIn, world)
    world.signedIn = [account, ...world.signedIn.filter((each) => each !== account)]
  } else if ('signOut' in step) {
    const account = accountAt(step.signOut, world)
    world.signedIn = world.signedIn.filter((each) => each !== account)
  } else {
    const { tenant, person } = accountAt(step.who, world)
    tenant.inPortal(step.portal, person, step.kind)
    if (step.portal === 'deactivate') {
      world.endedAt.set(`${person.id} ${step.kind}`, world.trueNow().getTime())
    }
  }
}

function accountAt(index: number, { accounts }: World): Account {
  const account = accounts[index]
  if (account === undefined) throw new Error(`there is no account ${index}`)
  return account
}

const limit: WaitLimit = { wait: 'active', timeout: minutes(1), approval: minutes(2) }

/** Runs a command in a process of its own; it may fail, if what it leaves is true. */
async function run(command: Command, world: World): Promise<void> {
  const meanwhile = [...command.meanwhile]
  const process = startProcess(world, {
    diesAt: command.diesAt,
    faults: command.faults,
    meanwhile: async () => {
      const next = meanwhile.shift()
      if (next !== undefined && !('helper' in next)) await change(next, world)
    },
  })
  try {
    await carryOut(command, process, world)
  } catch (error) {
    if (!process.isDead() && isFault(error)) throw error
  } finally {
    process.end()
  }
}

/** Whatever is no refusal, no trouble and no wrong use is a mistake of pim's own. */
function isFault(error: unknown): boolean {
  return !(error instanceof Error) || !('kind' in error) || error.kind === 'unexpected'
}

async function carryOut(
  { command, kind }: Command,
  { deps }: Process,
  world: World,
): Promise<void> {
  const provider = await deps.provider(kind)
  const text = texts[kind]
  const remembered = await deps.records.of(text)
  switch (command) {
    case 'status':
      await reconcile(await deps.records.list(), deps)
      return
    case 'elevate':
    case 'elevate later': {
      const later = command === 'elevate later' ? { start: after(deps.now(), hours(1)) } : {}
      const asked = await request(kind, world, later)
      await settle(await elevate(asked, deps), provider, limit, deps)
      return
    }
    case 'exec':
    case 'exec unattended': {
      const asked = await request(kind, world)
      const options = { keep: false, limit }
      const isAttended = command === 'exec'
      await runAs([asked], { file: 'x', args: [] }, options, { ...deps, isAttended })
      return
    }
    case 'release':
    case 'release --wait': {
      const elevation = await toRelease(remembered, provider, deps)
      const patience = command === 'release' ? {} : { onWait: () => {} }
      if (elevation !== undefined) await release(elevation, deps, patience)
      return
    }
    case 'release --all': {
      const { elevations } = await everythingActive(deps)
      for (const elevation of elevations) {
        await release(elevation, deps).catch((error: unknown) => {
          if (isFault(error)) throw error
        })
      }
      return
    }
    case 'extend': {
      const asked = await request(kind, world)
      const current = await grantedElevation(asked.target, provider, deps)
      if (current?.state !== 'active') return
      await assertExtendable(asked, provider, deps)
      await releaseAndElevate(current, asked, deps)
      return
    }
    case 'wait': {
      const last = remembered[0]
      if (last === undefined) return
      const { outcome, provider: own, isOwn } = await resume(last.id, deps)
      await settle(outcome, own, limit, { ...deps, ifForgotten: isOwn ? 'adopt' : 'look' })
      return
    }
    case 'cancel': {
      const last = remembered[0]
      if (last !== undefined) await cancel((await elevationById(last.id, deps)).elevation, deps)
      return
    }
  }
}

/** Of several holders, whoever is in use; else the only other. */
async function toRelease(
  remembered: readonly Elevation[],
  provider: Provider,
  deps: Process['deps'],
): Promise<Elevation | undefined> {
  const { identity } = await provider.whoAmI(deps.signal)
  return heldNow(remembered, identity, deps.now()) ?? remembered[0]
}

/** By this the request in the tenant and its record in the log are known for the same. */
async function request(
  kind: Kind,
  world: World,
  more: Partial<ElevationRequest> = {},
): Promise<ElevationRequest> {
  world.asked += 1
  return {
    target: await targetOf(kind, world),
    justification: `pim ${world.asked}`,
    duration: hours(1),
    force: false,
    ...more,
  }
}

export const texts: Readonly<Record<Kind, string>> = {
  azure: 'azure:payments-prod/Contributor',
  entra: 'entra:user-administrator',
  group: 'group:sec-ops',
}

/** As a process would know it that listed the targets before: what befalls this command does not befall that. */
async function targetOf(kind: Kind, world: World): Promise<Target> {
  const { deps } = startProcess(world)
  const { targets } = await (await deps.provider(kind)).discover(deps.signal)
  const found = targets.find((target) => formatTarget(target) === texts[kind])
  if (found === undefined) throw new Error(`${grantables[kind].kind} is not listed`)
  return found
}

/** A helper that was started runs; the machine may be switched off meanwhile. */
async function runHelper(world: World): Promise<void> {
  const next = world.helpers.shift()
  if (next === undefined) return
  const process = startProcess(world, { diesAt: 300 })
  try {
    await releaseLater(next.target, next.id, process.deps)
  } catch (error) {
    if (!process.isDead() && isFault(error)) throw error
  } finally {
    process.end()
  }
}
