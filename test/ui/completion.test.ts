import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { completionScript, type CompletionShell } from '../../src/ui/completion.ts'
import { temporaryFolder } from '../system/temporary-folder.ts'

const listed = 'aws:sandbox-admin\tAdmin 1\naws:sandbox-audit\tAudit 1\n'
const has = (shell: string): boolean =>
  existsSync(`/usr/bin/${shell}`) || existsSync(`/bin/${shell}`)

interface Asked {
  /** What the shell would put in the place of the word. */
  readonly replies: readonly string[]
  /** The words that pim was asked with, each in brackets. */
  readonly words: string
}

/** A `pim` that suggests this, whatever it is asked, and the folder where it lies. */
function stub(suggestions: string): { folder: string; asked: () => string } {
  const folder = temporaryFolder()
  const file = join(folder, 'pim')
  writeFileSync(join(folder, 'suggestions'), suggestions)
  const record = `printf '[%s]' "$@" > '${folder}/asked'`
  writeFileSync(file, `#!/bin/sh\n${record}\necho noise >&2\ncat '${folder}/suggestions'\n`)
  chmodSync(file, 0o755)
  return { folder, asked: () => readFileSync(join(folder, 'asked'), 'utf8') }
}

function inShell(shell: CompletionShell, folder: string, script: string): readonly string[] {
  const text = execFileSync(shell, ['-c', script], {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env['PATH']}`, HOME: folder, TERM: 'dumb' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return text.split('\n').filter((line) => line !== '')
}

interface Typed {
  readonly suggestions?: string
  readonly point?: number
  readonly breaks?: string
}

function inBash(line: string, { suggestions = listed, point, breaks }: Typed = {}): Asked {
  const { folder, asked } = stub(suggestions)
  writeFileSync(join(folder, 'script'), completionScript('bash'))
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
  const replies = inShell(
    'bash',
    folder,
    `source '${folder}/script'
    COMP_LINE=${quoted(line)} COMP_POINT=${point ?? line.length}
    COMP_WORDBREAKS=${breaks === undefined ? `$' \\t\\n"\\'><=;|&(:'` : quoted(breaks)}
    COMPREPLY=(of-before)
    _pim
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  )
  return { replies, words: asked() }
}

describe.skipIf(!has('bash'))('in bash', () => {
  test('a target completes behind its colon, without doubling the prefix', () => {
    const { replies, words } = inBash('pim elevate aws:sand')
    expect(replies).toEqual(['sandbox-admin', 'sandbox-audit'])
    expect(words).toBe('[complete][--][elevate][aws:sand]')
  })

  test('and whole where a colon is no separator', () => {
    expect(inBash('pim elevate aws:sand', { breaks: ' \t\n' }).replies).toEqual([
      'aws:sandbox-admin',
      'aws:sandbox-audit',
    ])
  })

  test('a word without a colon yet completes to the whole target', () => {
    expect(inBash('pim elevate aw').replies).toEqual(['aws:sandbox-admin', 'aws:sandbox-audit'])
  })

  test('only the last of several colons counts', () => {
    const suggestions = 'aws:arn:aws:iam::123456789012:role/Admin\n'
    expect(inBash('pim elevate aws:arn:aws:iam::1234', { suggestions }).replies).toEqual([
      '123456789012:role/Admin',
    ])
  })

  test('behind a space it is a new word, which is asked for as an empty one', () => {
    expect(inBash('pim elevate ').words).toBe('[complete][--][elevate][]')
    expect(inBash('pim ').words).toBe('[complete][--][]')
  })

  test('what stands behind the cursor is not asked with', () => {
    expect(inBash('pim status --json', { point: 8 }).words).toBe('[complete][--][stat]')
  })

  test('descriptions are left out, and a suggestion of several words is one word of the line', () => {
    const suggestions = 'two words\twith a description\nplain\n'
    expect(inBash('pim x ', { suggestions }).replies).toEqual([String.raw`two\ words`, 'plain'])
  })

  test('a word whose blanks are escaped goes on', () => {
    const suggestions = 'azure:prod/User Access Administrator\n'
    const { replies, words } = inBash(String.raw`pim elevate azure:prod/User\ Ac`, { suggestions })
    expect(words).toBe('[complete][--][elevate][azure:prod/User Ac]')
    expect(replies).toEqual([String.raw`prod/User\ Access\ Administrator`])
  })

  test('nothing to suggest leaves nothing from before', () => {
    expect(inBash('pim x ', { suggestions: '' }).replies).toEqual([])
  })

  test('what is typed is not run, nor are the names of files put in its place', () => {
    const { words } = inBash('pim elevate $(touch x) `id` /*')
    expect(words).toBe('[complete][--][elevate][$(touch][x)][`id`][/*]')
  })

  test('the function serves pim', () => {
    const { folder } = stub('')
    writeFileSync(join(folder, 'script'), completionScript('bash'))
    expect(inShell('bash', folder, `source '${folder}/script'; complete -p pim`)).toEqual([
      'complete -o bashdefault -o default -F _pim pim',
    ])
  })
})

test.skipIf(!has('fish'))('in fish a target completes whole, with its description', () => {
  const { folder, asked } = stub(listed)
  writeFileSync(join(folder, 'script'), completionScript('fish'))
  const script = `source '${folder}/script'; complete -C 'pim elevate aws:sand'`
  expect(inShell('fish', folder, script)).toEqual([
    'aws:sandbox-admin\tAdmin 1',
    'aws:sandbox-audit\tAudit 1',
  ])
  expect(asked()).toBe('[complete][--][elevate][aws:sand]')
})

test.skipIf(!has('zsh'))('in zsh colons are escaped, and what is behind the tab describes', () => {
  const { folder, asked } = stub('aws:sandbox-admin\tAdmin 1\nplain\n')
  writeFileSync(join(folder, 'script'), completionScript('zsh'))
  const lines = inShell(
    'zsh',
    folder,
    `compdef() { print "serves $2" }
    _describe() { print -rl -- "\${(@P)2}" }
    source '${folder}/script'
    words=(pim elevate aws:sand) CURRENT=3
    _pim`,
  )
  expect(lines).toEqual(['serves pim', 'aws\\:sandbox-admin:Admin 1', 'plain:plain'])
  expect(asked()).toBe('[complete][--][elevate][aws:sand]')
})
