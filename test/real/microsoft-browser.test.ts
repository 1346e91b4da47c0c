import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { hasCommands, requirePart } from './parts.ts'
import { until } from './pim.ts'
import { openSignedIn, openStand, saidBy, type Stand } from './fixture.ts'
import { Terminal } from './terminal.ts'

const hasChromium = requirePart('chromium', () => hasCommands('chromium'))
const hasTmux = requirePart('tmux', () => hasCommands('tmux'))

/** Comes with every answer of the authority. Nothing of it may be seen on a page of pim's. */
const planted = '<script>document.title = "planted"</script><b>call 555-0100</b>'

/**
 * The page with which Microsoft sends a browser back: a form that posts itself, from the authority's
 * address to the loopback one. Where to and what stands behind the `#`.
 */
const postingPage = `<!doctype html><title>authority</title><form method="post"></form><script>
const { to, ...fields } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)))
const [form] = document.forms
for (const [name, value] of Object.entries(fields)) {
  form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }))
}
form.action = to
form.submit()
</script>`

/**
 * A browser in two halves: Node asks the authority, since the sandbox would post the form itself, and
 * Chromium brings the answer to pim. Chromium ends by itself, with the page that it shows at last.
 */
const browserProgram = `#!${process.execPath}
const { execFileSync } = require('node:child_process')
const { existsSync, renameSync, writeFileSync } = require('node:fs')
process.chdir(__dirname)
const url = new URL(process.argv.at(-1))
const { state, redirect_uri: to } = Object.fromEntries(url.searchParams)
const planted = ${JSON.stringify(planted)}
const askAuthority = async () => {
  if (existsSync('decline')) return { error: 'access_denied', error_description: planted, state }
  url.searchParams.set('response_mode', 'query')
  const { headers } = await fetch(url, { redirect: 'manual' })
  return Object.fromEntries(new URL(headers.get('location')).searchParams)
}
askAuthority().then((fields) => {
  writeFileSync('fields', JSON.stringify({ to, ...fields }))
  const page = new URL('/devicelogin', url)
  page.hash = new URLSearchParams({ to, planted, ...fields })
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--ignore-certificate-errors']
  const one = ['--user-data-dir=profile', '--virtual-time-budget=5000', '--dump-dom', page.href]
  const stdio = ['ignore', 'pipe', 'ignore']
  writeFileSync('shown.part', execFileSync('chromium', [...flags, ...one], { stdio, timeout: 30_000 }))
  renameSync('shown.part', 'shown')
})
`

/** A stand where BROWSER is the program above, and the authority has the page for it. */
async function withChromium(stand: Stand) {
  stand.tenant.fail({
    surface: 'authority',
    operation: 'device-login',
    status: 200,
    body: postingPage,
    times: 9,
  })
  const at = (name: string) => join(stand.folder, name)
  writeFileSync(at('browser'), browserProgram, { mode: 0o755 })
  const read = (name: string) => readFileSync(at(name), 'utf8')
  return {
    env: { ...stand.env, BROWSER: at('browser') },
    decline: () => writeFileSync(at('decline'), ''),
    /** What went to pim: fields of the authority, and where to. */
    fields: () => JSON.parse(read('fields')) as Record<string, string>,
    shown: async () => {
      await until('Chromium has shown a page', () => existsSync(at('shown')), 40)
      return read('shown')
    },
  }
}

type Chromium = Awaited<ReturnType<typeof withChromium>>

/** Plain words of pim's on the page that the person sees, and nothing that came with the answer. */
async function expectPage(chromium: Chromium, title: string, text: string): Promise<void> {
  const page = await chromium.shown()
  const [, body] = /<body>([^]*)<\/body>/.exec(page) ?? []
  expect(body?.trim()).toBe(`<h1>${title}</h1><p>${text}</p>`)
  expect(page).toContain(`<title>pim: ${title}</title>`)
  expect(page).not.toMatch(/planted|555-0100|script(?!-)|https?:/)
  const { to: _, ...fields } = chromium.fields()
  for (const [name, value] of Object.entries(fields)) {
    expect([name, page]).toEqual([name, expect.not.stringContaining(value)])
  }
}

const portOf = (address: string | undefined) => Number(new URL(address ?? '').port)

function isListening(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host })
    const end = (is: boolean) => () => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', end(true)).once('error', end(false))
  })
}

async function expectNobodyListening(port: number): Promise<void> {
  expect(port).toBeGreaterThan(1023)
  expect(await Promise.all(['127.0.0.1', '::1'].map((host) => isListening(port, host)))).toEqual([
    false,
    false,
  ])
}

describe.skipIf(!hasChromium).concurrent('with a real browser', () => {
  test('a person signs in, and is told so on a plain page', async () => {
    await using stand = await openStand()
    const chromium = await withChromium(stand)
    const { code, err } = await stand.pim(['login', 'azure'], { env: chromium.env })
    expect([code, err]).toEqual([
      0,
      expect.stringContaining('Signed in as alice@sandbox.example to Sandbox'),
    ])
    await expectPage(chromium, 'Signed in', 'You can close this page and go back to the terminal.')
    expect(stand.tenant.signIns).toBe(1)
    await expectNobodyListening(portOf(chromium.fields().to))
  })

  test.skipIf(!hasTmux)('a person meets an authentication context', async () => {
    await using stand = await openSignedIn()
    const chromium = await withChromium(stand)
    const terminal = new Terminal({ ...stand, env: chromium.env })
    try {
      terminal.run('pim elevate group:db-admins -j why')
      await terminal.exits(0)
    } finally {
      terminal.close()
    }
    await chromium.shown()
    expect(stand.tenant.signIns).toBe(2)
    expect(stand.tenant.requests).toMatchObject([{ kind: 'group', justification: 'why' }])
  })

  test('a person declines, and both the page and the terminal say so', async () => {
    await using stand = await openStand()
    const chromium = await withChromium(stand)
    chromium.decline()
    const { code, err } = await stand.pim(['login', 'azure'], { env: chromium.env })
    expect(code).toBe(4)
    expect(saidBy({ err })).toEqual([
      'pim: error: consent was declined',
      expect.stringContaining('`pim login azure`'),
    ])
    expect(err).not.toContain('555-0100')
    await expectPage(
      chromium,
      'Not signed in',
      'The sign-in did not come about. The terminal says why.',
    )
    await expectNobodyListening(portOf(chromium.fields().to))
  })
})

describe.concurrent('a browser that never comes back', () => {
  /** It only writes down where it was sent. */
  function forgetful(stand: Stand) {
    const [browser, sent] = [join(stand.folder, 'browser'), join(stand.folder, 'sent')]
    writeFileSync(browser, `#!/bin/sh\nprintf '%s' "$1" > '${sent}'\n`, { mode: 0o755 })
    return {
      env: { ...stand.env, BROWSER: browser },
      sentTo: async () => {
        await until('the browser is open', () => existsSync(sent) && readFileSync(sent).length > 0)
        return new URL(readFileSync(sent, 'utf8')).searchParams.get('redirect_uri') ?? ''
      },
    }
  }

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'is given up on %s, and nobody listens',
    async (signal) => {
      await using stand = await openStand()
      const { env, sentTo } = forgetful(stand)
      const running = stand.startPim(['login', 'azure'], { env })
      const port = portOf(await sentTo())
      await until('pim listens', () => isListening(port, '127.0.0.1'))
      expect(await isListening(port, '::1')).toBe(false)
      const asked = performance.now()
      running.child.kill(signal)
      const ended = await running.ended
      expect([ended.code, performance.now() - asked < 60_000]).toEqual([130, true])
      expect(saidBy(ended)).toEqual(['pim: error: interrupted'])
      await expectNobodyListening(port)
    },
  )

  test('what strangers send there is no answer', async () => {
    await using stand = await openStand()
    const { env, sentTo } = forgetful(stand)
    const running = stand.startPim(['login', 'azure'], { env })
    const port = portOf(await sentTo())
    const url = `http://127.0.0.1:${port}/`
    await until('pim listens', () => isListening(port, '127.0.0.1'))
    const post = (fields: Record<string, string>) =>
      fetch(url, { method: 'POST', body: new URLSearchParams(fields) })
    const answers = [
      await post({ code: 'guessed', state: planted }),
      await post({ error: 'access_denied', error_description: planted, state: planted }),
      await fetch(`${url}?code=guessed&state=${encodeURIComponent(planted)}`),
      await fetch(`${url}favicon.ico`),
    ]
    for (const answer of answers) expect(await answer.text()).not.toContain('555-0100')
    expect(running.child.exitCode).toBe(null)
    expect(stand.tokenRequests()).toBe(0)
    running.child.kill('SIGINT')
    expect((await running.ended).code).toBe(130)
  })

  test.skipIf(!hasTmux)('Ctrl-C ends a step-up, and the record says so', async () => {
    await using stand = await openSignedIn()
    const { env, sentTo } = forgetful(stand)
    const terminal = new Terminal({ ...stand, env })
    try {
      terminal.run('pim elevate group:db-admins -j why')
      const port = portOf(await sentTo())
      terminal.press('C-c')
      expect(await terminal.exits(130)).toContain('interrupted')
      await expectNobodyListening(port)
    } finally {
      terminal.close()
    }
    expect(stand.tenant.requests).toEqual([])
    // Whether the provider has heard of it is found out later.
    expect(stand.events()).toEqual(['elevation.requested', 'elevation.pending'])
  })
})
