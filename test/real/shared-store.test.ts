import { describe, expect, test } from 'vitest'

import { hasKeyring, unlock } from './keyring-lines.ts'
import { openCloud } from './pim.ts'
import { inSession } from './session.ts'

describe.skipIf(!hasKeyring)('a gnome-keyring that several homes share', () => {
  const verify = 'pim audit verify --json'
  const again = 'pim elevate aws:sandbox-admin -j "x y" -q --force'

  test('tells a home made anew from a log that was deleted', async () => {
    await using cloud = await openCloud()
    const lines = [
      unlock,
      `${again}; ${again}`,
      'rm -rf "$PIM_HOME"',
      `${again}; echo "fresh $?"; ${verify}`,
      'rm -rf "$PIM_HOME/state/audit"',
      `${again}; echo "deleted $?"`,
    ]
    const { out, err } = await inSession(lines, { cloud })
    expect(out).toContain('fresh 0')
    expect(out).toContain('"anchor": "matched"')
    expect(out).toContain('deleted 7')
    expect(err).toContain('record 2 was written: its end was cut off')
  })

  test('keeps the anchors of homes apart that work at the same time', async () => {
    await using cloud = await openCloud()
    const inHome = (name: string) =>
      `(export PIM_HOME="$PIM_HOME-${name}"; for n in 1 2 3; do ${again} || echo failed; done; ${verify}) & `
    const lines = [unlock, `${inHome('one')} ${inHome('two')} wait`]
    const { code, out } = await inSession(lines, { cloud })
    expect([code, out.includes('failed')]).toEqual([0, false])
    expect(out.match(/"anchor": "matched"/g)).toHaveLength(2)
    expect(out.match(/"records": 6/g)).toHaveLength(2)
  })

  test('holds nothing that nothing refers to after kills', { timeout: 240_000 }, async () => {
    await using cloud = await openCloud()
    const lines = [
      unlock,
      again,
      'began=$(date +%s%N)',
      again,
      'usual=$(( ($(date +%s%N) - began) / 1000000 ))',
      'for n in {1..24}; do',
      // In the second half of a run, when the store is written to.
      '  "$NODE" "$PIM" elevate aws:sandbox-admin -j "x y" -q --force & pid=$!',
      '  ms=$(( usual * (40 + n * 3) / 100 )); sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"',
      // As busy as the machine is by now.
      '  if kill -9 $pid 2>/dev/null; then echo killed; usual=$((usual * 103 / 100)); else usual=$((ms * 90 / 100)); fi',
      '  wait $pid 2>/dev/null',
      'done',
      again,
      'echo "=== remembered"; ls "$PIM_HOME/state/elevations" | grep json$',
      'echo "=== kept"; secret-tool search --all --unlock service pim-cli 2>&1 | grep username',
    ]
    const { out } = await inSession(lines, { cloud, limitSeconds: 200 })
    const [before = '', rest = ''] = out.split('=== remembered\n')
    const [remembered = '', kept = ''] = rest.split('=== kept\n')
    expect(before.match(/killed/g)?.length ?? 0).toBeGreaterThan(5)
    const names = kept
      .trim()
      .split('\n')
      .map((line) => line.replace(/.*username = /, ''))
    expect(names.map((name) => name.replace(/[ :].*/, '')).toSorted()).toEqual([
      'audit-head',
      'audit-log',
      ...remembered
        .trim()
        .split('\n')
        .map(() => 'aws'),
    ])
  })
})

describe('in a container, where `auto` has no keychain', () => {
  // As in a pod. No bus is known, so that no keychain is found.
  const env = {
    PIM_CREDENTIAL_STORE: 'auto',
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
    DBUS_SESSION_BUS_ADDRESS: undefined,
    XDG_RUNTIME_DIR: undefined,
  }

  test('the kernel’s keyring, which is the machine’s, is left alone', async () => {
    await using cloud = await openCloud()
    const words = ['-v', 'elevate', 'aws:sandbox-admin', '-j', 'x y']
    const { code, err } = await cloud.pim(words, { env: { ...env, PIM_STORE_PASSPHRASE: '' } })
    expect(code).toBe(2)
    expect(err).toMatch(
      /there is no store to keep credentials in: cannot use the keychain: there is no/,
    )
    expect(err).not.toContain('keyring:')
    expect(cloud.sts.calls).toEqual([])
  })

  test('a passphrase makes it the encrypted file', async () => {
    await using cloud = await openCloud()
    const words = ['-v', 'elevate', 'aws:sandbox-admin', '-j', 'x y']
    const { code, err } = await cloud.pim(words, { env })
    expect([code, err]).toEqual([0, expect.stringContaining('credentials are kept in: file')])
  })
})
