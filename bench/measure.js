// Runs inside `pim sandbox`: its environment leads pim and the AWS CLI to the same loopback server.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pim = fileURLToPath(new URL('../bin/pim.js', import.meta.url))
const rounds = Number(process.env.PIM_BENCH_ROUNDS ?? 31)
const role = 'arn:aws:iam::123456789012:role/Admin'

const env = { ...process.env, PIM_JUSTIFICATION: 'measuring' }
const keychainEnv = {
  ...env,
  PIM_CREDENTIAL_STORE: 'keychain',
  PIM_HOME: mkdtempSync(join(tmpdir(), 'pim-bench-home-')),
}

function milliseconds(file, args, environment) {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(file, args, { env: environment, encoding: 'utf8' })
  const took = Number(process.hrtime.bigint() - start) / 1e6
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${status}: ${stderr}`)
  return took
}

function median(numbers) {
  const sorted = numbers.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)]
}

// The two take turns, so that a busy moment of the machine meets both alike.
function compare(count, one, other) {
  one()
  other()
  const pairs = Array.from({ length: count }, () => [one(), other()])
  return {
    own: median(pairs.map(([took]) => took)),
    base: median(pairs.map(([, took]) => took)),
    ratio: median(pairs.map(([took, baseTook]) => took / baseTook)),
  }
}

const node = () => milliseconds(process.execPath, ['-e', '0'], env)
const run = (args, environment = env) => milliseconds(process.execPath, [pim, ...args], environment)

const rows = []
function row(what, against, limit, { own, base, ratio }) {
  rows.push([what, own.toFixed(0), against, base.toFixed(0), ratio.toFixed(2), `<= ${limit}`])
}

run(['elevate', 'aws:sandbox-admin'])
row(
  'pim --version',
  'node -e 0',
  '1.35',
  compare(rounds, () => run(['--version']), node),
)
row(
  'pim status',
  'node -e 0',
  '1.5',
  compare(rounds, () => run(['status']), node),
)
if (env.PIM_BENCH_KEYCHAIN) {
  run(['elevate', 'aws:sandbox-admin'], keychainEnv)
  const hit = () => run(['credentials', 'aws:sandbox-admin'], keychainEnv)
  row('pim credentials, in the keychain', 'node -e 0', '1.9', compare(rounds, hit, node))
}
if (env.PIM_BENCH_AWS) {
  const environment = env.PIM_BENCH_KEYCHAIN ? keychainEnv : env
  const elevate = () => run(['elevate', 'aws:sandbox-admin', '--force'], environment)
  const assume = ['sts', 'assume-role', '--role-arn', role, '--role-session-name', 'bench']
  const endpoint = ['--endpoint-url', env.AWS_ENDPOINT_URL_STS]
  const aws = () => milliseconds('aws', [...assume, ...endpoint], env)
  row('pim elevate', 'aws sts assume-role', '0.5', compare(Math.ceil(rounds / 2), elevate, aws))
}

const heading = ['what', 'ms', 'against', 'ms', 'ratio', 'aim']
const widths = heading.map((_, column) =>
  Math.max(...[heading, ...rows].map((line) => line[column].length)),
)
for (const line of [heading, ...rows]) {
  console.log(
    line
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  )
}
console.log(
  `medians of ${rounds} rounds, Node ${process.versions.node}, ${process.platform} ${process.arch}`,
)
