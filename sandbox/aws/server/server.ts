import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import { after, seconds } from '../../../src/core/time/duration.ts'
import { actOnPolicies, iamNamespace } from '../iam-actions.ts'
import { createRolePolicies } from '../role-policies.ts'
import { act } from '../sts/actions.ts'
import type { Answer } from '../sts/actions.ts'
import { StsError } from './error.ts'
import { createFaultQueue } from './faults.ts'
import type { Fault } from './faults.ts'
import { largestBody, readBody, respond, type HttpAnswer } from './http.ts'
import { appendCall, safeParameters } from './journal.ts'
import type { StsCall } from './journal.ts'
import { longTermKey } from '../sts/keys.ts'
import type { Identity, Key } from '../sts/keys.ts'
import { alice, sandboxMfaCode, sandboxRoles } from '../sts/roles.ts'
import type { Person, Role } from '../sts/roles.ts'
import { authenticate, claimedAccessKeyId } from './signature.ts'
import type { SignedRequest } from './signature.ts'
import { answerStranger, serviceOf, type StrangerAnswer } from '../other-services.ts'
import { renderError, renderResult } from './xml.ts'

export interface StsOptions {
  readonly now: () => Date
  /** A free one unless told. */
  readonly port?: number
  readonly roles?: readonly Role[]
  readonly people?: readonly Person[]
  /** A file that gets one line of JSON per call, before the call is answered. */
  readonly journal?: string
}

/** A temporary key the server handed out, without its secrets. */
export interface IssuedKey {
  readonly accessKeyId: string
  readonly identity: Identity
  readonly expiresAt: Date
}

/**
 * Starts an STS of its own on a loopback port: the query protocol, checked signatures, seeded roles.
 * Of IAM it has the policies of those roles, signed for IAM.
 */
export async function startSts(options: StsOptions): Promise<StsServer> {
  const server = new StsServer(options)
  await server.listen(options.port ?? 0)
  return server
}

const connectionDropped = 'ConnectionDropped'

interface Turn {
  readonly request: SignedRequest
  readonly form: URLSearchParams
  readonly fault: Fault | undefined
  readonly now: Date
}

interface Outcome extends HttpAnswer, Pick<StsCall, 'code' | 'issuedAccessKeyId'> {}

/** A running STS. What it handed out lives in memory and ends with it. */
export class StsServer {
  /** How far the clock of the server is ahead of `now`, or behind where negative. */
  skewSeconds = 0
  /** What the MFA device shows one after the other, each good once as at AWS; one code for ever unless told. */
  mfaCodes: readonly string[] | undefined
  readonly #options: StsOptions
  readonly #keys = new Map<string, Key>()
  readonly #policies = createRolePolicies()
  readonly #calls: StsCall[] = []
  readonly #faults = createFaultQueue()
  readonly #stopping = new AbortController()
  readonly #http: Server

  constructor(options: StsOptions) {
    this.#options = options
    for (const person of options.people ?? [alice]) {
      this.#keys.set(person.accessKeyId, longTermKey(person))
    }
    const timeouts = { headersTimeout: 5000, requestTimeout: 10_000 }
    this.#http = createServer({ ...timeouts, connectionsCheckingInterval: 1000 })
    this.#http.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  /** Every call so far, in order, refused ones too. */
  get calls(): readonly StsCall[] {
    return this.#calls
  }

  get issued(): readonly IssuedKey[] {
    return [...this.#keys.values()].flatMap(({ accessKeyId, identity, session }) =>
      session === undefined ? [] : [{ accessKeyId, identity, expiresAt: session.expiresAt }],
    )
  }

  /** What `AWS_ENDPOINT_URL_STS` has to be. */
  get endpoint(): string {
    const address = this.#http.address()
    // A server that listens on a port has an address that is no string.
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return `http://127.0.0.1:${port}`
  }

  /** Lets the next call, or the next few, go wrong. Faults queue up. */
  fail(fault: Fault): void {
    this.#faults.add(fault)
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject)
      this.#http.listen(port, '127.0.0.1', resolve)
    })
  }

  /** Ends at once, open connections included. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()))
    this.#http.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '/', headers } = message
    const body = await readBody(message)
    const request = { method, url, headers, body }
    const stranger = answerStranger(request, randomUUID())
    if (stranger !== undefined) return this.#turnAway(request, stranger, response)
    const form = new URLSearchParams(body.toString('utf8'))
    const fault = this.#faults.take(form.get('Action'))
    const now = after(this.#options.now(), seconds(this.skewSeconds))
    const turn = { request, form, fault, now }
    const outcome = this.#decide(turn)
    this.#record(turn, outcome)
    if (fault?.delayMs !== undefined) {
      await sleep(fault.delayMs, undefined, { signal: this.#stopping.signal })
    }
    if (fault?.drop !== undefined) message.socket.destroy()
    else respond(response, outcome, now)
  }

  /** A call to another service. What was sent is not the journal's business. */
  #turnAway(request: SignedRequest, answer: StrangerAnswer, response: ServerResponse): void {
    const now = this.#options.now()
    const outcome = { ...answer, requestId: randomUUID(), issuedAccessKeyId: undefined }
    const action = `${answer.service}:${request.method}`
    this.#record(
      { request, form: new URLSearchParams({ Action: action }), fault: undefined, now },
      outcome,
    )
    respond(response, outcome, now)
  }

  #decide(turn: Turn): Outcome {
    const requestId = randomUUID()
    try {
      const { result, issued } = this.#carryOut(turn)
      const action = turn.form.get('Action') ?? ''
      const body = renderResult(action, result, requestId, namespaceOf(turn))
      return {
        requestId,
        status: 200,
        body,
        code: undefined,
        issuedAccessKeyId: issued?.accessKeyId,
      }
    } catch (error) {
      if (!(error instanceof StsError)) throw error
      const body = renderError(error, requestId, namespaceOf(turn))
      return {
        requestId,
        status: error.status,
        body,
        code: error.code,
        issuedAccessKeyId: undefined,
      }
    }
  }

  #carryOut({ request, form, fault, now }: Turn): Answer {
    if (request.body.length > largestBody) {
      throw new StsError(
        413,
        'RequestEntityTooLarge',
        'The request is larger than the sandbox takes',
      )
    }
    if (fault?.drop === 'unheard') throw new StsError(503, connectionDropped, '')
    if (fault?.code !== undefined) {
      throw new StsError(fault.status ?? 400, fault.code, fault.message ?? fault.code)
    }
    const context = {
      form,
      roles: this.#options.roles ?? Object.values(sandboxRoles),
      policies: this.#policies,
      now,
      takeCode: (code: string) => this.#takeCode(code),
      authenticate: () => authenticate(request, this.#keys, now),
    }
    if (serviceOf(request) === 'iam') return { result: actOnPolicies(context) }
    const answer = act(context)
    if (answer.issued !== undefined) this.#keys.set(answer.issued.accessKeyId, answer.issued)
    return answer
  }

  #takeCode(code: string): boolean {
    if (this.mfaCodes === undefined) return code === sandboxMfaCode
    const isGood = this.mfaCodes.includes(code)
    this.mfaCodes = this.mfaCodes.filter((other) => other !== code)
    return isGood
  }

  #record({ request, form, fault, now }: Turn, outcome: Outcome): void {
    const call: StsCall = {
      time: now.toISOString(),
      requestId: outcome.requestId,
      action: form.get('Action') ?? '',
      parameters: safeParameters(form),
      accessKeyId: claimedAccessKeyId(request.headers),
      roleSessionName: form.get('RoleSessionName') ?? undefined,
      status: outcome.status,
      code: fault?.drop === undefined ? outcome.code : connectionDropped,
      issuedAccessKeyId: outcome.issuedAccessKeyId,
    }
    this.#calls.push(call)
    if (this.#options.journal !== undefined) appendCall(this.#options.journal, call)
  }
}

function namespaceOf({ request }: Turn): string | undefined {
  return serviceOf(request) === 'iam' ? iamNamespace : undefined
}
