#!/usr/bin/env node
// CommonJS, as the bundle is: loading ES modules would cost every run several milliseconds more.
// Written for any Node, old ones included, since it must be able to say that Node is too old.
'use strict'

const path = require('node:path')

// Node's own answer to it is to open its inspector, through which every program of this machine could
// read what pim holds. A listener takes the place of that.
process.on('SIGUSR1', () => {})

const [major, minor] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 13)) {
  // Else a pim below this one, as under `pim exec`, would not be handed over any more.
  delete process.env.PIM_HANDED_OVER
  keepCompiledCode()
  start()
} else {
  handOver()
}

function start() {
  const program = path.join(__dirname, '..', 'dist', 'main.cjs')
  const isBuilt = require('node:fs').existsSync(program)
  if (isBuilt) return void require(program).main(process)
  process.stderr.write(
    'pim: error: this checkout is not built\npim: hint: run `npm ci && npm run build`\n',
  )
  process.exit(2)
}

// Compiled code is as good as code: it is used only from folders that nobody else can write to.
function keepCompiledCode() {
  try {
    const cache = cacheFolder()
    if (!path.isAbsolute(cache)) return
    const compiled = path.join(cache, 'compiled')
    makeFolder(compiled)
    if (![cache, compiled].every(isOurs)) return
    require('node:module').enableCompileCache(compiled)
  } catch {
    // Without it pim only starts slower.
  }
}

// Node's own way tries for ever where a folder that is there takes none, as /proc.
function makeFolder(folder) {
  const fs = require('node:fs')
  if (fs.existsSync(folder)) return
  const above = path.dirname(folder)
  if (above !== folder) makeFolder(above)
  // Under `sudo -E` the folder would be closed to the one whose home it is in.
  const caller = process.env.SUDO_UID
  if (caller && process.getuid() === 0 && String(fs.statSync(above).uid) === caller) return
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another pim may have been faster.
    if (error.code !== 'EEXIST') throw error
  }
}

function isOurs(folder) {
  const { uid, mode } = require('node:fs').statSync(folder)
  const writableByOthers = 0o022
  return (
    process.platform === 'win32' || (uid === process.getuid() && (mode & writableByOthers) === 0)
  )
}

// The folder of `system/files/folders.ts`, found without loading anything. Node's own default is below the
// shared temporary folder.
function cacheFolder() {
  const { env, platform } = process
  if (env.PIM_HOME) return path.join(env.PIM_HOME, 'cache')
  const home = env.HOME || require('node:os').homedir()
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', 'pim-cli')
  if (platform === 'win32') return path.join(env.LOCALAPPDATA || home, 'pim-cli', 'Cache')
  return path.join(env.XDG_CACHE_HOME || path.join(home, '.cache'), 'pim-cli')
}

// A checkout brings a newer Node along as a development dependency.
function handOver() {
  const newer = path.join(__dirname, '..', 'node_modules', '.bin', 'node')
  if (process.env.PIM_HANDED_OVER || !require('node:fs').existsSync(newer)) {
    process.stderr.write(
      `pim: error: Node ${process.versions.node} is too old; pim needs Node 22.13 or newer\n`,
    )
    process.exit(2)
  }
  const child = require('node:child_process').spawn(newer, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, PIM_HANDED_OVER: '1' },
  })
  // On a terminal the child gets Ctrl-C and Ctrl-\ from the kernel as well; this one only has to outlive it.
  for (const signal of ['SIGINT', 'SIGQUIT']) {
    process.on(signal, () => process.stdin.isTTY || child.kill(signal))
  }
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
