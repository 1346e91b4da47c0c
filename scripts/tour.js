// `npm start`: the main job, from beginning to end, in the embedded sandbox. It asks nothing and
// touches neither a cloud nor this person's own files.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pim = fileURLToPath(new URL('../bin/pim.js', import.meta.url))
const insideSandbox = process.argv[2] === 'inside'

if (!insideSandbox) {
  const self = fileURLToPath(import.meta.url)
  const command = [pim, 'sandbox', '--quiet', '--', process.execPath, self, 'inside']
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' })
  process.exit(status ?? 1)
}

const role = 'aws:sandbox-admin'
const rights = ['azure:payments-prod/Contributor', 'entra:user-administrator', 'group:sec-ops']

// So that the commands below can be named as they are typed.
const programs = mkdtempSync(join(tmpdir(), 'pim-tour-'))
symlinkSync(pim, join(programs, 'pim'))
process.env.PATH = programs + delimiter + process.env.PATH
process.on('exit', () => rmSync(programs, { recursive: true, force: true }))

function step(words, ...args) {
  const typed = ['pim', ...args].map((arg) => (/[^\w:@./=-]/.test(arg) ? `"${arg}"` : arg))
  console.log(`\n# ${words}\n$ ${typed.join(' ')}`)
  const { status } = spawnSync(process.execPath, [pim, ...args], { stdio: ['ignore', 1, 1] })
  if (status !== 0) process.exit(status ?? 1)
}

console.log(
  'pim in its sandbox: an embedded AWS and an embedded Microsoft tenant on loopback ports, with a folder of its own.',
)
step('What may I elevate to?', 'list')
step('One privilege, a reason, an end', 'elevate', role, '-j', 'restart the queue', '-t', 'OPS-1')
step('The other cloud, three kinds at once', 'elevate', ...rights, '-j', 'restart the queue')
step('What is active, and for how long?', 'status')
step(
  'Use it: a command gets the credentials, this shell does not',
  'exec',
  role,
  '--',
  'pim',
  'whoami',
  '--provider',
  'aws',
)
step('and once more without a word: it is active already', 'elevate', role, ...rights)
step('Give it back', 'release', role)
step('Every step is on record', 'audit')
step('and nobody changed the record', 'audit', 'verify')

console.log(`
That was the whole idea. With your own account:

  ./bin/pim.js doctor                      what works on this machine
  ./bin/pim.js list                        the roles in your AWS config
  ./bin/pim.js login azure                 sign in to Microsoft: Azure roles, Entra roles, groups
  ./bin/pim.js elevate aws:<profile> -j "why you need it"
  ./bin/pim.js exec aws:<profile> -j "…" -- aws sts get-caller-identity

\`npm link\` puts \`pim\` on your PATH; \`pim sandbox\` opens a shell in this sandbox.`)
