import type { Command } from 'commander'
import type { AuditFlags } from '../commands/audit/list.ts'
import { PimError } from '../core/errors.ts'
import type { Act, Cli } from './action.ts'
import { lookGroup, unknownCommand } from './help.ts'

/** The commands about the audit log. */
export function addAudit(program: Command, _cli: Cli, act: Act): void {
  const audit = program
    .command('audit')
    .helpGroup(lookGroup)
    .description('Show or verify the audit log')
  const list = audit
    .command('list', { isDefault: true })
    .description('Show the records, oldest first (default)')
    .allowExcessArguments()
    .option('--target <target>', 'Only records of this target')
    .option('--event <name>', 'Only this event or group of events: elevation, credentials…')
    .option('--id <elevation>', 'Only records of this elevation')
    .option('--since <time>', 'Only since then: 24h, 2026-11-22, 2026-11-22T10:00:00Z')
    .option('--limit <count>', 'Only the newest records')
    .action((flags: AuditFlags, { args: [word] }: Command) => {
      // What is no command of `audit` ends up here.
      if (word !== undefined) throw notOfTheList(word, audit)
      return act(async (deps) =>
        (await import('../commands/audit/list.ts')).auditCommand(flags, deps),
      )
    })
  audit.addHelpText(
    'after',
    () =>
      `${filtersOf(list)}\n\nExamples:\n  pim audit --since 24h --target aws:prod-admin\n  pim audit verify`,
  )
  declareVerify(audit, act)
  declareRestart(audit, act)
}

function declareVerify(audit: Command, act: Act): void {
  audit
    .command('verify')
    .description('Check that nobody changed, removed or added records')
    .action(() =>
      act(async (deps) => (await import('../commands/audit/verify.ts')).auditVerifyCommand(deps)),
    )
  audit
    .command('path')
    .description('Print the path of the log')
    .action(() =>
      act(async (deps) => (await import('../commands/audit/path.ts')).auditPathCommand(deps)),
    )
}

function declareRestart(audit: Command, act: Act): void {
  audit
    .command('restart')
    .description('Archive a broken log and start a new one')
    .option('-j, --justification <text>', 'Reason, for the first record of the new log')
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
  return `\nFilters:\n${lines.join('\n')}`
}
