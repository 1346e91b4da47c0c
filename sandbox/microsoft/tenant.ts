import { minutes, type Duration } from '../../src/core/time/duration.ts'
import type { ArmApprovalSettings } from './arm/approvals.ts'
import type { AuthoritySettings, AuthorityState, DeviceAnswer } from './authority/state.ts'
import { approveDue, decide } from './pim/decide.ts'
import { directoryRolesOf } from './pim/state.ts'
import type { ForcedStatus, PimRequest, PimSettings, PimState, PimStatus } from './pim/state.ts'
import { makeCertificate, type Certificate } from './server/certificate.ts'
import { createTenantFaultQueue } from './server/faults.ts'
import type { TenantFault } from './server/faults.ts'
import { readMemory, writeMemory, type TenantMemory } from './memory.ts'
import { appendParts, replaceParts } from './seed/model.ts'
import { tenantEnvironment, tenantNamesToRemove, writeTenantFiles } from './seed/files.ts'
import type { TenantEndpoints, TenantFiles } from './seed/files.ts'
import type { ApiSettings } from './api-context.ts'
import { appendTenantCall } from './server/journal.ts'
import type { TenantCall } from './server/journal.ts'
import type { TenantPerson, TenantSeed } from './seed/model.ts'
import { tenantAlice, tenantSeed } from './seed/seed.ts'
import { sharedSurface, sideOf, type TenantSide } from './server/tenant-routing.ts'
import type { Surface } from './server/request.ts'
import { startTenantServer } from './server/server.ts'
import type { TenantServer } from './server/server.ts'

/** What is in the tenant may be replaced, part by part: `eligibilities`, `groups`, `scopes` and so on. */
export interface TenantOptions extends Partial<TenantSeed> {
  /** Gets a folder `microsoft` with the certificate and the stand-in for a browser. */
  readonly folder: string
  readonly now: () => Date
  /** A file that gets one line of JSON per exchange, before it is answered. */
  readonly journal?: string
  readonly platform?: NodeJS.Platform
  /** A file in which it remembers what happened, so that the next one over it goes on at the same addresses. */
  readonly memory?: string
}

/** Starts ARM, Graph and the sign-in of a tenant of its own on loopback ports. */
export async function startTenant(options: TenantOptions): Promise<Tenant> {
  const { folder, platform = process.platform } = options
  const before = readMemory(options.memory)
  const certificate = before?.certificate ?? (await makeCertificate())
  const files = await writeTenantFiles(folder, certificate.cert, platform)
  const tenant = new Tenant(options, { certificate, files, before })
  try {
    await tenant.listen()
  } catch (error) {
    await tenant.stop()
    throw error
  }
  return tenant
}

interface TenantGround {
  readonly certificate: Certificate
  readonly files: TenantFiles
  readonly before: TenantMemory | undefined
  /** At whose addresses it is. */
  readonly first?: Tenant
}

/** A running tenant. What happens in it lives in memory and ends with it, unless it has a file to remember it in. */
export class Tenant implements PimSettings, AuthoritySettings, ApiSettings {
  /** How far the clock of the tenant is ahead of `now`, or behind where negative. */
  skewSeconds = 0
  /** Entries a page of a list. */
  pageSize = 100
  provisioningLag = 0
  listingLag = 0
  propagationLag = 0
  policyFailures: 'text' | 'list' | undefined = undefined
  approveAfter: Duration | undefined = undefined
  omitsAssignmentType = false
  omitsDisplayNames = false
  approvalBody: ArmApprovalSettings['approvalBody'] = 'wrapped'
  approvalsOnlyByBatch = false
  signsIn: TenantPerson = tenantAlice
  deviceAnswer: DeviceAnswer = 'approve'
  deviceCodeInterval = 1
  withheldScopes: readonly string[] = []
  consentedScopes: readonly string[] | undefined = undefined
  rolesInTokens = true
  mandatoryMfa: ApiSettings['mandatoryMfa'] = undefined
  tokenLifetime: Duration = minutes(75)
  signIns = 0
  readonly namesToRemove = tenantNamesToRemove
  readonly #options: TenantOptions
  readonly #ground: TenantGround
  readonly #calls: TenantCall[] = []
  readonly #faults = createTenantFaultQueue()
  readonly #servers: TenantServer[] = []
  /** This tenant, and those at its addresses. */
  readonly #sides: TenantSide[] = []
  readonly #pim: PimState
  readonly #authority: AuthorityState
  #seed: TenantSeed

  constructor(options: TenantOptions, ground: TenantGround) {
    this.#options = options
    this.#ground = ground
    this.#seed = replaceParts(tenantSeed, options)
    const reads = { now: () => this.now(), seed: () => this.#seed, settings: this }
    const { before } = ground
    this.#pim = { ...reads, requests: [...(before?.requests ?? [])], forced: [] }
    this.#authority = {
      ...reads,
      endpoints: () => this.endpoints,
      book: { known: new Map(before?.tokens), key: ground.certificate.key },
      codes: new Map(),
      deviceCodes: new Map(),
      refreshTokens: new Map(before?.refreshTokens),
      directoryRolesOf: (personId) => directoryRolesOf(personId, this.#pim),
      signInsMade: before?.signInsMade ?? 0,
      firstValidToken: 0,
      firstValidSignIn: 0,
    }
    this.#sides.push(sideOf({ pim: this.#pim, authority: this.#authority, settings: this }))
  }

  /** The time in the tenant. */
  now(): Date {
    return new Date(this.#options.now().getTime() + this.skewSeconds * 1000)
  }

  get endpoints(): TenantEndpoints {
    if (this.#ground.first !== undefined) return this.#ground.first.endpoints
    const [arm = '', graph = '', authority = ''] = this.#servers.map(({ endpoint }) => endpoint)
    return { arm, graph, authority }
  }

  /** Every exchange so far, in order, refused ones too. */
  get calls(): readonly TenantCall[] {
    return this.#calls
  }

  /** Every activation and deactivation that was accepted, in order. */
  get requests(): readonly PimRequest[] {
    approveDue(this.#pim)
    return this.#pim.requests
  }

  /** The certificate to trust, in PEM. */
  get ca(): string {
    return this.#ground.certificate.cert
  }

  /** To be set for a command that is to meet the tenant. */
  get environment(): Readonly<Record<string, string>> {
    return tenantEnvironment(this.#seed.organization.id, this.endpoints, this.#ground.files)
  }

  /** Adds to what there is in the tenant. */
  add(more: Partial<TenantSeed>): void {
    this.#seed = appendParts(this.#seed, more)
  }

  /**
   * Another tenant of the same cloud, at the same addresses, with people and a state of its own. Exchanges
   * are listed, and go wrong, at this one.
   */
  addTenant(parts: Partial<TenantSeed> & Pick<TenantSeed, 'organization'>): Tenant {
    const { folder, now } = this.#options
    const { certificate, files } = this.#ground
    const tenant = new Tenant(
      { ...parts, folder, now },
      { certificate, files, before: undefined, first: this },
    )
    this.#sides.push(...tenant.#sides)
    return tenant
  }

  /** Lets the next call, or the next few, go wrong. Faults queue up. */
  fail(fault: TenantFault): void {
    this.#faults.add(fault)
  }

  /** What the next activation says of itself, in its answer and from then on. */
  answerNext(forced: ForcedStatus): void {
    this.#pim.forced.push(forced)
  }

  /** Changes what a request says of itself; without a status, it tells the truth again. */
  settle(requestId: string, status?: PimStatus): void {
    const request = this.#pim.requests.find(({ id }) => id === requestId)
    if (request === undefined) throw new Error(`there is no request ${requestId}`)
    if (status === undefined) delete request.forcedStatus
    else request.forcedStatus = status
  }

  /** Decides what a request waits for, stage after stage, as an approver of the stage: bob, where he is one. */
  decide(requestId: string, verdict: 'approve' | 'deny', reason?: string): void {
    decide(requestId, verdict, reason, this.#pim)
  }

  /** From now on, tokens issued before are answered with a challenge. */
  revokeTokens(): void {
    this.#authority.firstValidToken = this.#authority.book.known.size
  }

  /** From now on, nobody who has signed in before gets tokens without signing in again. */
  revokeSignIns(): void {
    this.#authority.firstValidSignIn = this.#authority.signInsMade + 1
  }

  async listen(): Promise<void> {
    const { key, cert } = this.#ground.certificate
    await this.#start('arm')
    await this.#start('graph')
    await this.#start('authority', { key, cert })
  }

  /** Ends at once, open connections included. */
  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #start(name: Surface, tls?: Certificate): Promise<void> {
    const server = await startTenantServer({
      surface: sharedSurface(name, this.#sides),
      now: () => this.now(),
      faults: this.#faults,
      record: (call) => this.#record(call),
      port: this.#ground.before?.ports[this.#servers.length],
      ...(tls !== undefined && { tls }),
    })
    this.#servers.push(server)
  }

  #remember(): void {
    const { memory } = this.#options
    if (memory === undefined) return
    writeMemory(memory, {
      certificate: this.#ground.certificate,
      ports: this.#servers.map(({ port }) => port),
      requests: this.#pim.requests,
      tokens: this.#authority.book.known,
      refreshTokens: this.#authority.refreshTokens,
      signInsMade: this.#authority.signInsMade,
    })
  }

  #record(call: TenantCall): void {
    this.#calls.push(call)
    const { journal } = this.#options
    if (journal !== undefined) appendTenantCall(journal, call)
    this.#remember()
  }
}
