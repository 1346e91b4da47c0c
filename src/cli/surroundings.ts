import { Argument, type Command } from 'commander'
import type { CompletionShell } from '../ui/completion.ts'
import type { Act, Cli } from './act.ts'

/** The commands about this machine: who one is on it, what works, what helps. */
export function addSurroundings(program: Command, cli: Cli, act: Act): void {
  program
    .command('whoami')
    .description('show who you are before any elevation')
    .action(() => act(async (deps) => (await import('../commands/whoami.ts')).whoamiCommand(deps)))
  program
    .command('doctor')
    .description('check this machine, and say what to do')
    .action(() => act(async (deps) => (await import('../commands/doctor.ts')).doctorCommand(deps)))
  program
    .command('completion')
    .addArgument(
      new Argument('<shell>', 'whose script').choices(['bash', 'zsh', 'fish', 'powershell']),
    )
    .description('print a completion script for a shell to load')
    .action((shell: CompletionShell) =>
      act(async (deps) =>
        (await import('../commands/completion.ts')).completionCommand(shell, deps),
      ),
    )
  program.command('complete', { hidden: true }).action(() =>
    act(async (deps) => {
      const { completeCommand } = await import('../commands/completion.ts')
      return completeCommand(cli.behindDashes, program, deps)
    }),
  )
  program
    .command('sandbox')
    .usage('[options] [-- <command> [args...]]')
    .description('run a command, or a shell, against an embedded cloud')
    .action(() =>
      act(async (deps) =>
        (await import('../commands/sandbox.ts')).sandboxCommand(cli.behindDashes, deps),
      ),
    )
}
