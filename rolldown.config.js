import { defineConfig } from 'rolldown'

// commander runs subcommands that are programs of their own; pim has none, and loading
// node:child_process for them costs 3 ms at every start.
const withoutChildProcess = {
  name: 'commander-without-child-process',
  resolveId: (source, importer) =>
    source === 'node:child_process' && /[\\/]commander[\\/]/.test(importer ?? '')
      ? '\0no-child-process'
      : null,
  load: (id) => (id === '\0no-child-process' ? 'export default {}' : null),
}

const always = oneOf(
  'src/core/(credentials|duration|elevation|errors|plan|printable|request|settings|target)',
  'src/ui/(error|io|style)',
  'src/(deps|host|lazy-ports|words|system/(folders|host|signals))',
  'node_modules/(env-paths|fastest-levenshtein)/.*',
)

const status = oneOf(
  'src/commands/status',
  'src/flows/current',
  'src/system/(elevation-file|private-read)',
  'src/ui/(clock|elevation|table)',
  'node_modules/(fast-string-(truncated-)?width|valibot)/.*',
)

const serving = oneOf(
  'src/commands/credentials',
  'src/flows/held',
  'src/providers/(index|aws/(arn|credentials|environment|profiles|provider))',
  'src/system/(credential-stores|keychain|memory-store|missing-passphrase|oversize|session-bus)',
)

function oneOf(...paths) {
  return new RegExp(`[\\\\/](${paths.join('|').replaceAll('/', '[\\\\/]')})\\.m?[jt]s$`)
}

export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  // Native modules stay where npm put them.
  external: ['@napi-rs/keyring', 'fs-native-extensions'],
  plugins: [withoutChildProcess],
  transform: { target: 'node22' },
  output: {
    dir: 'dist',
    // CommonJS starts faster than ES modules do: see docs/decisions.md.
    format: 'cjs',
    cleanDir: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
    // Each file that is loaded costs half a millisecond, so what is loaded together is one file:
    // what every command needs, and what `pim status` and a hit of `pim credentials` need.
    codeSplitting: {
      groups: [
        { name: 'always', test: always, priority: 2 },
        { name: 'status', test: status, priority: 1 },
        { name: 'serving', test: serving, priority: 1 },
      ],
    },
  },
})
