import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { searchPath } from './pim.ts'

/** What botocore makes of two shared files: its profiles and sections, or a refusal. */
export type BotocoreView =
  | {
      readonly profiles: Readonly<Record<string, unknown>>
      readonly sso_sessions: Readonly<Record<string, unknown>>
      readonly services: Readonly<Record<string, unknown>>
    }
  | { readonly refused: string }

const script = `
import base64, json, os, sys
import botocore.exceptions, botocore.session
folder = os.environ['HOME']
places = {name: os.path.join(folder, name) for name in ('config', 'credentials')}
os.environ['AWS_CONFIG_FILE'] = places['config']
os.environ['AWS_SHARED_CREDENTIALS_FILE'] = places['credentials']
session = botocore.session.Session()
for line in sys.stdin:
    for name, text in json.loads(line).items():
        with open(places[name], 'wb') as file:
            file.write(base64.b64decode(text))
    try:
        session._config = None
        full = session.full_config
        answer = {key: full.get(key, {}) for key in ('profiles', 'sso_sessions', 'services')}
    except botocore.exceptions.ConfigParseError as error:
        answer = {'refused': str(error)}
    print(json.dumps(answer), flush=True)
`

/** Whether a Python with botocore is here. */
export function hasBotocore(): boolean {
  const env = { PATH: searchPath }
  return spawnSync('python3', ['-c', 'import botocore.session'], { env }).status === 0
}

export interface Botocore extends Disposable {
  readonly read: (config: Uint8Array, credentials: Uint8Array) => Promise<BotocoreView>
}

/** One Python for many questions, with a home of its own. */
export function startBotocore(): Botocore {
  const home = mkdtempSync(join(tmpdir(), 'pim-botocore-'))
  const env = { PATH: searchPath, HOME: home, PYTHONUTF8: '1' }
  const child: ChildProcess = spawn('python3', ['-c', script], { env, stdio: 'pipe' })
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) throw new Error('python3 has no streams')
  const lines: Interface = createInterface({ input: stdout })
  const answers = lines[Symbol.asyncIterator]()
  return {
    read: async (config, credentials) => {
      const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
      const question = { config: base64(config), credentials: base64(credentials) }
      stdin.write(`${JSON.stringify(question)}\n`)
      const answer = await answers.next()
      if (answer.done === true) throw new Error('python3 has ended')
      return JSON.parse(answer.value) as BotocoreView
    },
    [Symbol.dispose]: () => {
      child.kill()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
