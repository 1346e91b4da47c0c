// npm runs this wherever it installs a checkout or a git address, since what it installs has to be built.
// `npm pack` and `npm install --global .` run it on a fresh clone too, where nothing to build with is there yet.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const { npm_config_global: isGlobal, npm_config_install_links: hasInstallLinks } = process.env
// npm would report success and leave an empty folder behind: the npm that it runs in the clone installs globally too.
if (
  isGlobal === 'true' &&
  hasInstallLinks !== 'true' &&
  /[\\/]git-clone[^\\/]*$/.test(process.cwd())
) {
  process.stderr.write(
    'pim: error: npm cannot install a git address globally like this\n' +
      'pim: hint: run `npm install --global --install-links <address>`\n',
  )
  process.exit(1)
}

const isInside = process.env.PIM_PREPARE !== undefined
const canBuild = existsSync('node_modules/rolldown') && existsSync('node_modules/commander')

if (canBuild) run('node', ['scripts/build.js'])
// `npm ci` comes back here, and builds. Where it brings no development dependencies, nothing can be built.
else if (!isInside)
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])

function run(command, words) {
  // The settings of the npm above are not for this one: `--global` would have it install elsewhere.
  const env = Object.entries(process.env).filter(
    ([name]) => !/^npm_config_(global|prefix|location|omit)$/.test(name),
  )
  const { status } = spawnSync(command, words, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...Object.fromEntries(env), PIM_PREPARE: '1' },
    shell: process.platform === 'win32',
  })
  process.exit(status ?? 1)
}
