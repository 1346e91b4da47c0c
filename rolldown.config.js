import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { defineConfig } from 'rolldown'
import { licensePlugin } from 'rolldown-license-plugin'

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

// What every command needs, and what `pim status` and a hit of `pim credentials` load by `import()`; with
// each of these files goes all that it imports. Each file that is loaded costs half a millisecond, and
// unused code in one of them far less.
const hot = new Set(
  [
    ...importsOf('src/main.ts'),
    'src/commands/status/status.ts',
    'src/commands/use/credentials.ts',
    'src/core/elevation/justification.ts',
    'src/core/elevation/plan.ts',
    'src/providers/aws/provider.ts',
    'src/providers/index.ts',
    'src/system/state/elevation-file.ts',
    'src/system/store/credential-stores.ts',
    'src/ui/output/table.ts',
  ].map(found),
)

function importsOf(file) {
  const imports = readFileSync(file, 'utf8').matchAll(/^import (?!type )[^']*'(\.[^']+)'/gm)
  return [...imports].map(([, path]) => join(dirname(file), path))
}

// Without the check, a file under a new name would leave the chunk, and nobody would see it.
function found(file) {
  if (!existsSync(file)) throw new Error(`rolldown.config.js: there is no ${file}`)
  return resolve(file)
}

const allowedLicenses = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']

// The package holds the code of other packages, and so has to hold their licences.
const licenses = licensePlugin({
  allow: ({ license }) => allowedLicenses.includes(license),
  failOnViolation: true,
  failOnUnlicensed: true,
  done: (packages, context) => {
    const namesByText = new Map()
    for (const { name, version, license, licenseText } of packages) {
      const text = licenseText.trim()
      const names = namesByText.get(text) ?? []
      namesByText.set(text, [...names, `${name} ${version} (${license})`])
    }
    const texts = [...namesByText].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`)
    const source = texts.join(`\n${'-'.repeat(80)}\n\n`)
    context.emitFile({ type: 'asset', fileName: 'third-party-licenses.txt', source })
  },
})

export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  // Native modules stay where npm put them.
  external: ['@napi-rs/keyring', 'fs-native-extensions'],
  plugins: [withoutChildProcess, licenses],
  transform: { target: 'node22' },
  output: {
    dir: 'dist',
    // CommonJS starts faster than ES modules do: see docs/decisions.md.
    format: 'cjs',
    cleanDir: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
    codeSplitting: { groups: [{ name: 'hot', test: (id) => hot.has(resolve(id)) }] },
  },
})
