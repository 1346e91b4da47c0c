// `npm run bench`: how long pim takes, as ratios to a bare `node -e 0` of the same binary measured
// in the same run, and to the AWS CLI against the same server. Medians; nothing here can fail a build.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pim = fileURLToPath(new URL('../bin/pim.js', import.meta.url))
const measure = fileURLToPath(new URL('measure.js', import.meta.url))

const isHere = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
const hasKeychain =
  process.platform !== 'linux' || (isHere('dbus-run-session') && isHere('gnome-keyring-daemon'))

const home = mkdtempSync(join(tmpdir(), 'pim-bench-'))
const inSandbox = [process.execPath, pim, 'sandbox', '--quiet', '--', process.execPath, measure]
const withKeyring = [
  'dbus-run-session',
  '--',
  'sh',
  '-c',
  'printf bench | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@"',
  'sh',
  ...inSandbox,
]
const [command, ...args] = hasKeychain && process.platform === 'linux' ? withKeyring : inSandbox
const { status } = spawnSync(command, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: {
    ...process.env,
    // The keyring's own files go where they are thrown away.
    ...(process.platform === 'linux' && { HOME: home, XDG_RUNTIME_DIR: home }),
    PIM_BENCH_KEYCHAIN: hasKeychain ? 'yes' : '',
    PIM_BENCH_AWS: isHere('aws') ? 'yes' : '',
  },
})
rmSync(home, { recursive: true, force: true })
process.exit(status ?? 1)
