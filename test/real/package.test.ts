import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

interface Packed {
  readonly files: readonly { readonly path: string }[]
}

// Without the scripts, which would build again under the feet of the other tests.
const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' }),
) as readonly Packed[]
const paths = packed?.files.map(({ path }) => path) ?? []

test('the package holds the program, the licences of what is in it, and no source', () => {
  expect(paths).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'bin/pim.js',
      'dist/main.cjs',
      'dist/third-party-licenses.txt',
    ]),
  )
  expect(
    paths.filter((path) => !/^(?:bin\/|dist\/|LICENSE|README|package\.json)/.test(path)),
  ).toEqual([])
})

test('the program loads no package but those that are installed with it', () => {
  // `debug`, which the proxy agents use, does without it.
  const optional = 'supports-color'
  const installed = Object.keys(manifest.dependencies)
  const loaded = paths
    .filter((path) => path.endsWith('.cjs'))
    .flatMap((path) => [
      ...readFileSync(join('.', path), 'utf8').matchAll(
        /(?:\brequire|\bimport|\.href\))\("([^".][^"]*)"\)/g,
      ),
    ])
    .map(([, name]) => name ?? '')
    .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))
  expect(new Set(loaded)).toEqual(new Set([...installed, optional]))
})

test('every package whose code is inside is named with its licence', () => {
  const text = readFileSync('dist/third-party-licenses.txt', 'utf8')
  for (const name of ['commander', '@azure/msal-node', '@aws-sdk/client-sts', 'valibot']) {
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\([\\w.-]+\\)$`, 'm'))
  }
})
