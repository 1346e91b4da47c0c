import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { pimFile, until, type Cloud } from './pim.ts'

/** A shell in a real terminal, with a tmux server and a socket of its own. */
export class Terminal {
  readonly #env: Readonly<Record<string, string>>
  readonly #socket: string

  constructor({ env, folder }: Pick<Cloud, 'env' | 'folder'>, columns = 120) {
    this.#env = {
      ...env,
      PS1: '$ ',
      TERM: 'xterm-256color',
      LC_ALL: 'C.UTF-8',
      PIM: pimFile,
      NODE: process.execPath,
    }
    this.#socket = join(folder, 'tmux')
    this.#tmux('new-session', '-d', '-x', String(columns), '-y', '40', 'bash --norc --noprofile')
    this.type('pim() { "$NODE" "$PIM" "$@"; }')
  }

  #tmux(...words: readonly string[]): string {
    const { stdout, stderr, status } = spawnSync(
      'tmux',
      ['-S', this.#socket, '-f', '/dev/null', ...words],
      { env: this.#env, encoding: 'utf8', timeout: 10_000 },
    )
    if (status !== 0) throw new Error(`tmux ${words[0]}: ${stderr}`)
    return stdout
  }

  /** Types a line, and Enter. */
  type(line: string): void {
    this.keys(line)
    this.press('Enter')
  }

  keys(text: string): void {
    this.#tmux('send-keys', '-l', text)
  }

  press(...names: readonly string[]): void {
    this.#tmux('send-keys', ...names)
  }

  /** Types a command, which is followed by its exit code. */
  run(line: string): void {
    // What the command before has left must not be taken for this one's.
    this.#tmux('send-keys', '-R')
    this.#tmux('clear-history')
    this.type(`clear; ${line}; echo "exit=$?"`)
  }

  /** What is on the screen and above it; with `colors` as escape sequences. */
  screen(colors = false): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-', ...(colors ? ['-e'] : []))
  }

  /** Everything that programs write to the screen from now on goes to a file as well, as it is. */
  record(file: string): void {
    this.#tmux('pipe-pane', `cat >> '${file}'`)
  }

  /** Whether the bell has rung since this was last asked. */
  rang(): boolean {
    const flag = this.#tmux('display-message', '-p', '#{window_bell_flag}').trim()
    this.#tmux('kill-session', '-C')
    return flag === '1'
  }

  async shows(text: string | RegExp): Promise<string> {
    await until(`the screen shows ${text}: ${this.screen()}`, () => {
      const screen = this.screen()
      return typeof text === 'string' ? screen.includes(text) : text.test(screen)
    })
    return this.screen()
  }

  /** The terminal itself shows a Ctrl-C that no program has taken as a key. */
  async exits(code: number): Promise<string> {
    return this.shows(new RegExp(`^(?:\\^C)?exit=${code}$`, 'm'))
  }

  close(): void {
    this.#tmux('kill-server')
  }
}
