import { Argument, type Command } from 'commander'
import type { SandboxFlags } from '../commands/machine/sandbox.ts'
import type { CompletionShell } from '../ui/completion.ts'
import type { Act, Cli } from './action.ts'
import { diagnoseGroup, oneOf, settingsGroup } from './help.ts'

const sandboxServices = `
Examples:
  pim sandbox
  pim sandbox -- ./my-script.sh

The sandbox has AWS STS and a Microsoft tenant with sign-in, Azure Resource Manager and Microsoft
Graph. It refuses calls to other AWS services. PIM_SANDBOX is set inside.`

const completionShells = ['bash', 'zsh', 'fish', 'powershell'] satisfies CompletionShell[]

/** The commands about this machine. */
export function addMachine(program: Command, cli: Cli, act: Act): void {
  program
    .command('completion')
    .addArgument(oneOf(new Argument('<shell>', 'Your shell'), 'shell', completionShells))
    .helpGroup(settingsGroup)
    .description('Print a completion script for your shell')
    .addHelpText('after', '\nExample, for bash:\n  source <(pim completion bash)')
    .action((shell: CompletionShell) =>
      act(async (deps) =>
        (await import('../commands/machine/completion.ts')).completionCommand(shell, deps),
      ),
    )
  program.command('complete', { hidden: true }).action(() =>
    act(async (deps) => {
      const { completeCommand } = await import('../commands/machine/completion.ts')
      return completeCommand(cli.behindDashes, program, deps)
    }),
  )
  declareDoctor(program, act)
  declareSandbox(program, cli, act)
}

function declareDoctor(program: Command, act: Act): void {
  program
    .command('doctor')
    .helpGroup(diagnoseGroup)
    .description('Check this machine and name solutions')
    .action(() =>
      act(async (deps) => (await import('../commands/machine/doctor.ts')).doctorCommand(deps)),
    )
}

function declareSandbox(program: Command, cli: Cli, act: Act): void {
  program
    .command('sandbox')
    .usage('[options] [-- <command> [args...]]')
    .helpGroup(diagnoseGroup)
    .description('Run a command or a shell with an embedded cloud')
    .option('--nested', 'Open a sandbox inside another one')
    .addHelpText('after', sandboxServices)
    .action((flags: SandboxFlags) =>
      act(async (deps) =>
        (await import('../commands/machine/sandbox.ts')).sandboxCommand(
          cli.behindDashes,
          flags,
          deps,
        ),
      ),
    )
}
