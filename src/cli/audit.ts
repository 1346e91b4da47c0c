import type { Command } from 'commander'
import type { AuditFlags } from '../commands/audit/list.ts'
import { PimError } from '../core/errors.ts'
import type { Act, Cli } from './action.ts'
import { unknownCommand } from './help.ts'

/** The commands about the audit log. */
export function addAudit(program: Command, _cli: Cli, act: Act): void {
  const audit = program.command('audit').description('show the audit log, or check it')
  const list = audit
    .command('list', { isDefault: true })
    .description('show the records, oldest first, as `pim audit` alone')
    .allowExcessArguments()
    .option('--target <target>', 'only records of this target')
    .option('--event <name>', 'only this event, or group of events: elevation, credentials…')
    .option('--id <elevation>', 'only records of this elevation')
    .option('--since <time>', 'only from then on: 24h, 2026-11-22, 2026-11-22T10:00:00Z')
    .option('--limit <count>', 'only the newest so many')
    .action((flags: AuditFlags, { args: [word] }: Command) => {
      // What is no command of `audit` ends up here.
      if (word !== undefined) throw notOfTheList(word, audit)
      return act(async (deps) =>
        (await import('../commands/audit/list.ts')).auditCommand(flags, deps),
      )
    })
  audit.addHelpText('after', () => filtersOf(list))
  audit
    .command('verify')
    .description('check that nothing was changed, removed or added')
    .action(() =>
      act(async (deps) => (await import('../commands/audit/verify.ts')).auditVerifyCommand(deps)),
    )
  audit
    .command('path')
    .description('print where the log lies')
    .action(() =>
      act(async (deps) => (await import('../commands/audit/path.ts')).auditPathCommand(deps)),
    )
  audit
    .command('restart')
    .description('set a broken log aside, whole, and start a new one that says so')
    .option('-j, --justification <text>', 'what happened to the log')
    .action((flags: { justification?: string }) =>
      act(async (deps) =>
        (await import('../commands/audit/restart.ts')).auditRestartCommand(flags, deps),
      ),
    )
}

function notOfTheList(word: string, audit: Command): PimError {
  if (!audit.commands.some((command) => command.name() === word)) return unknownCommand(word, audit)
  return new PimError('usage', 'conflicting-flags', `\`pim audit ${word}\` takes no filters`, {
    hint: `run \`pim audit ${word}\`, or \`pim audit\` with the filters`,
  })
}

function filtersOf(list: Command): string {
  const width = Math.max(...list.options.map(({ flags }) => flags.length))
  const lines = list.options.map(
    ({ flags, description }) => `  ${flags.padEnd(width)}  ${description}`,
  )
  return `\nFilters of the list:\n${lines.join('\n')}`
}
