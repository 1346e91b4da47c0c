import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Tests of the built program that say most for their time: `npm test` runs them, too. */
const builtInBrief = [
  'dumb-terminal',
  'exec-codes',
  'exit-codes',
  'help',
  'output',
  'prompts',
  'relative-home',
  'terminal',
].map((name) => `test/real/${name}.test.ts`)

const common = {
  // A hang, and no matter of speed: the machine may be busy.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 60_000 } },
  maxWorkers: Math.max(2, availableParallelism()),
}

/** `npm test` runs `unit`, `model` and `built`; each of the others has a command of its own. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', 'test/conformance/**', 'test/model/**'],
          // A process for each file cost more than half of the CPU time of the folders with most files.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          // Isolated, so it starts before `unit` and runs beside it: it is the longest file.
          name: 'model',
          include: ['test/model/**/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'built',
          include: builtInBrief,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...common,
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          exclude: builtInBrief,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
