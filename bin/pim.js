#!/usr/bin/env node
// Written for any Node, old ones included: it must be able to say that Node is too old.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 13)) {
  nodeModule.enableCompileCache?.(join(cacheFolder(), 'compiled'))
  const { main } = await import('../dist/main.js')
  await main(process)
} else {
  handOver()
}

// The folder of `system/folders.ts`, found without loading anything. Compiled code is as good as
// code, so it must not lie in a place that others can write to, as Node's own default does.
function cacheFolder() {
  const { env, platform } = process
  if (env.PIM_HOME) return join(env.PIM_HOME, 'cache')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'pim-cli')
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? homedir(), 'pim-cli', 'Cache')
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pim-cli')
}

// A checkout brings a newer Node along as a development dependency.
function handOver() {
  const newer = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))
  if (process.env.PIM_HANDED_OVER || !existsSync(newer)) {
    process.stderr.write(
      `pim: error: Node ${process.versions.node} is too old; pim needs Node 22.13 or newer\n`,
    )
    process.exit(2)
  }
  const child = spawn(newer, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, PIM_HANDED_OVER: '1' },
  })
  // On a terminal the child gets Ctrl-C from the kernel as well; this one only has to outlive it.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) =>
    signal ? process.kill(process.pid, signal) : process.exit(code),
  )
}
