// Reads steps from a JSON file, does them on the real store and prints what came of each as JSON.
import { readFile } from 'node:fs/promises'

import { Secret } from '../../src/core/credentials.ts'
import type { StoreName } from '../../src/core/store-item.ts'
import { asPimError } from '../../src/core/errors.ts'
import {
  chooseStore,
  openStore,
  type StorePlace,
} from '../../src/system/store/credential-stores.ts'

export type Step =
  | readonly ['write', key: string, value: string]
  | readonly ['read' | 'glance' | 'remove', key: string]
  | readonly ['choose', 'auto' | 'keychain']

export interface Outcome {
  readonly value?: string | boolean
  readonly code?: string
  readonly message?: string
  readonly milliseconds: number
}

export interface Script {
  readonly store: StoreName
  readonly stateFolder: string
  readonly timeoutSeconds: number
  readonly steps: readonly Step[]
}

async function main(script: Script): Promise<void> {
  let isStuck = false
  const place: StorePlace = {
    platform: process.platform,
    stateFolder: script.stateFolder,
    env: process.env,
    passphrase: undefined,
    onStuck: () => (isStuck = true),
    opened: new Map(),
    timeoutSeconds: script.timeoutSeconds,
  }
  const outcomes: Outcome[] = []
  for (const step of script.steps) outcomes.push(await time(() => take(step, script.store, place)))
  console.log(JSON.stringify({ outcomes, isStuck }))
  // A native thread that waits for a person would hold back an ordinary exit.
  if (isStuck) process.execve?.('/bin/sh', ['sh', '-c', 'exit 0'])
}

async function take(step: Step, name: StoreName, place: StorePlace) {
  const store = openStore(name, place)
  switch (step[0]) {
    case 'write':
      return store.write(step[1], new Secret(step[2]))
    case 'glance':
      return (await store.glance(step[1]))?.reveal()
    case 'read':
      return (await store.read(step[1]))?.reveal()
    case 'remove':
      return store.remove(step[1])
    case 'choose':
      return (await chooseStore(step[1], place)).store.name
  }
}

async function time(work: () => Promise<string | boolean | void>): Promise<Outcome> {
  const start = performance.now()
  const milliseconds = () => Math.round(performance.now() - start)
  try {
    const value = await work()
    return { ...(value !== undefined && { value }), milliseconds: milliseconds() }
  } catch (thrown) {
    const { code, message } = asPimError(thrown)
    return { code, message, milliseconds: milliseconds() }
  }
}

const path = process.argv[2]
// Reading without blocking starts libuv's threads before the store is opened, as in pim itself.
if (path !== undefined) await main(JSON.parse(await readFile(path, 'utf8')) as Script)
