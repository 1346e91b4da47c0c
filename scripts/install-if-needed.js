// Runs before `npm start` and `npm test`, so that each works as the first command on a fresh clone.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'

const lock = 'package-lock.json'
const installed = 'node_modules/.package-lock.json'

const upToDate = existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs
if (!upToDate) {
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  process.exit(result.status ?? 1)
}
