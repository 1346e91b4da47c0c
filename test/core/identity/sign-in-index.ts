import type { SignInIndex } from '../../../src/core/identity/sign-in.ts'

/** An index in memory, as one machine has it. */
export function memoryIndex(content?: unknown): SignInIndex {
  let held = content
  return {
    read: async () => held,
    change: async (change) => {
      held = change(held)
    },
  }
}
