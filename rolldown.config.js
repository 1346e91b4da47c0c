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

// What every command needs, and what `pim status` and a hit of `pim credentials` need: each file
// that is loaded costs half a millisecond, and unused code in one of them far less.
const hot = oneOf(
  'src/(deps|host|lazy-ports|lazy-stores|provider-loader|words)',
  'src/core/(credentials|duration|elevation|errors|plan|printable|request|session|settings|target)',
  'src/commands/(credentials|known|status)',
  'src/flows/(current|held)',
  'src/providers/(index|aws/(arn|credentials|environment|home|profiles|provider))',
  'src/system/(container|credential-stores|elevation-file|environment|folders|host|keychain|new-id|memory-store|missing-passphrase|oversize|private-read|signals)',
  'src/ui/(clock|elevation|error|io|style|table)',
  'node_modules/(fast-string-(truncated-)?width|fastest-levenshtein|valibot)/.*',
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
    codeSplitting: { groups: [{ name: 'hot', test: hot }] },
  },
})
