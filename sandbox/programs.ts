import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { quoted } from '../src/core/printable.ts'

/** Who else there is in the tenant to decide what alice asks for. */
const others = ['bob', 'carol'] as const

/**
 * Writes programs for a shell in the sandbox into a folder of their own: `pim`, which may not be on the
 * PATH, and one for each of the others, `pim-bob`, who signs in when they are first needed and has a home
 * of their own. Resolves with the folder; undefined on Windows.
 */
export async function writePrograms(
  folder: string,
  self: readonly string[],
  platform: NodeJS.Platform,
): Promise<string | undefined> {
  if (platform === 'win32') return undefined
  const programs = join(folder, 'bin')
  await mkdir(programs, { recursive: true, mode: 0o700 })
  const pim = self.map(quoted).join(' ')
  await writeProgram(join(programs, 'pim'), `exec ${pim} "$@"`)
  for (const person of others) {
    const home = quoted(join(folder, person))
    const lines = [
      `export PIM_HOME=${home} PIM_SANDBOX_PERSON=${person}`,
      `[ -d "$PIM_HOME" ] || CI= PIM_NO_INPUT= ${pim} login azure --quiet || exit`,
      `exec ${pim} "$@"`,
    ]
    await writeProgram(join(programs, `pim-${person}`), lines.join('\n'))
  }
  return programs
}

async function writeProgram(path: string, lines: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${lines}\n`, { mode: 0o700 })
  await chmod(path, 0o700)
}
