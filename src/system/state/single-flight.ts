import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { PimError, type ErrorKind } from '../../core/errors.ts'
import type { FlightOptions, Flights } from '../../core/elevation/single-flight.ts'
import { withLock } from '../files/lock.ts'
import { makeFolder } from '../files/make-folder.ts'
import { problemWith } from '../files/private-file-read.ts'

export interface FlightsOptions {
  /** Where flights leave word of each other; made if it is not there. */
  readonly folder: string
  /** Shown to those who wait, so without arguments that are secret. */
  readonly command: string
  readonly pid: number
  readonly now: () => Date
}

/**
 * Single flight through a lock file per key. Beside it lies what the last flight was refused, under
 * a number that grows with every change: who finds it grown since they came was waiting for that
 * very refusal; who comes later is not touched by it.
 */
export function createFlights({ folder, command, pid, now }: FlightsOptions): Flights {
  return {
    run: async (key, options, work) => {
      const name = join(folder, createHash('sha256').update(key).digest('hex'))
      await ensureFolder(folder)
      const found = await readWord(name)
      const holder = { pid, command, since: now() }
      return await inTurn(name, { ...options, holder }, async () => {
        const word = (await readWord(name)) ?? noWord
        const isNew = found !== undefined && word.generation > found.generation
        if (options.sharesRefusals === undefined) return await work()
        if (isNew && word.refusal && concerns(word.refusal, options)) throw toPimError(word.refusal)
        return await fly(name, word, options.sharesRefusals, work)
      })
    },
  }
}

/** Whether a refusal would be ours too. */
function concerns({ ownInput, of }: Refusal, options: FlightOptions): boolean {
  return of === digest(options.sharesRefusals ?? '') && !(ownInput === true && options.hasOwnInput)
}

/** What was asked for holds a person's words, which are none of this folder's business. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function ensureFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder)
  } catch (cause) {
    const { why, hint } = problemWith(folder, cause)
    throw new PimError('unavailable', 'flight-unusable', `cannot make ${folder}: ${why}`, {
      hint,
      cause,
    })
  }
}

async function inTurn<T>(
  name: string,
  options: FlightOptions & Parameters<typeof withLock>[1],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await withLock(`${name}.lock`, options, work)
  } catch (error) {
    if (!(error instanceof PimError) || error.code !== 'lock-timeout') throw error
    throw new PimError('unavailable', 'flight-timeout', error.message, {
      hint: error.hint,
      cause: error,
    })
  }
}

async function fly<T>(name: string, word: Word, of: string, work: () => Promise<T>): Promise<T> {
  const generation = word.generation + 1
  try {
    const result = await work()
    // Those who waited through a refusal and this success are to look for the success.
    if (word.refusal) await writeWord(name, { generation })
    return result
  } catch (error) {
    const refusal = error instanceof PimError ? toRefusal(error, digest(of)) : undefined
    if (refusal) await writeWord(name, { generation, refusal })
    throw error
  }
}

const sharedKinds = [
  'refused',
  'sign-in',
  'unavailable',
  'usage',
  'audit',
] as const satisfies ErrorKind[]

const Refusal = v.object({
  kind: v.picklist(sharedKinds),
  code: v.string(),
  message: v.string(),
  of: v.exactOptional(v.string()),
  hint: v.exactOptional(v.string()),
  target: v.exactOptional(v.string()),
  ownInput: v.exactOptional(v.literal(true)),
  provider: v.exactOptional(
    v.object({
      code: v.exactOptional(v.string()),
      status: v.exactOptional(v.number()),
      requestId: v.exactOptional(v.string()),
    }),
  ),
})

const Word = v.object({
  generation: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  refusal: v.exactOptional(Refusal),
})

type Refusal = v.InferOutput<typeof Refusal>
type Word = v.InferOutput<typeof Word>

const noWord: Word = { generation: 0 }

/** A broken log is broken for everybody, and takes its time to check; what else befell a log is one process's. */
function isShared({ kind, code }: PimError): boolean {
  return kind !== 'audit' || code === 'audit-broken'
}

function toRefusal(error: PimError, of: string): Refusal | undefined {
  if (!isShared(error)) return undefined
  const { kind, code, message, hint, target, provider, ownInput } = error
  const refusal = v.safeParse(Refusal, {
    kind,
    code,
    message,
    of,
    ...(hint !== undefined && { hint }),
    ...(target !== undefined && { target }),
    ...(ownInput && { ownInput }),
    ...(provider && { provider: { ...provider } }),
  })
  return refusal.success ? refusal.output : undefined
}

function toPimError({ kind, code, message, hint, target, ownInput, provider }: Refusal): PimError {
  return new PimError(kind, code, message, { hint, target, ownInput: ownInput === true, provider })
}

// Undefined where there may be word that cannot be read just now: it must not pass for no word, or
// an old refusal would look new later on.
async function readWord(name: string): Promise<Word | undefined> {
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
    await using file = await open(`${name}.json`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    return parseWord(await file.readFile('utf8'))
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isAbsent ? noWord : undefined
  }
}

function parseWord(text: string): Word {
  try {
    return v.parse(Word, JSON.parse(text))
  } catch {
    return noWord
  }
}

// Under the lock, so that one name for the new file is enough. Whoever cannot be told asks for
// themselves: failing to leave word must not hide how the flight ended.
async function writeWord(name: string, word: Word): Promise<void> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants
  try {
    {
      await using file = await open(`${name}.new`, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
      await file.writeFile(JSON.stringify(word))
    }
    await rename(`${name}.new`, `${name}.json`)
  } catch {
    return
  }
}
