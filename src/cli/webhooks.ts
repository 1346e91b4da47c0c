import { Option, type Command } from 'commander'
import type { WebhookFlags } from '../commands/config/webhook.ts'
import { webhookFormats } from '../core/webhook/webhook.ts'
import type { Act, Cli } from './action.ts'
import { settingsGroup } from './help.ts'

/** The commands about webhooks. */
export function addWebhooks(program: Command, _cli: Cli, act: Act): void {
  const load = () => import('../commands/config/webhook.ts')
  const webhook = program
    .command('webhook')
    .helpGroup(settingsGroup)
    .description('Post requests and decisions to Slack, Teams or a server')
    .addHelpText('after', '\nExample:\n  pim webhook set ops --format slack < address.txt')
  webhook
    .command('set')
    .argument('<name>', 'Letters, digits, dots and hyphens')
    .addOption(
      new Option('--format <format>', 'Format of the messages')
        .choices(webhookFormats)
        .makeOptionMandatory(),
    )
    .description('Add a webhook; pim reads its address from a prompt or stdin')
    .action((name: string, flags: WebhookFlags) =>
      act(async (deps) => (await load()).webhookSetCommand(name, flags, deps)),
    )
  webhook
    .command('list')
    .description('Print every webhook, without its address')
    .action(() => act(async (deps) => (await load()).webhookListCommand(deps)))
  webhook
    .command('test')
    .argument('<webhook>', 'Name of the webhook')
    .description('Post a test message')
    .action((name: string) => act(async (deps) => (await load()).webhookTestCommand(name, deps)))
  webhook
    .command('remove')
    .argument('<webhook>', 'Name of the webhook')
    .description('Remove a webhook and its address')
    .action((name: string) => act(async (deps) => (await load()).webhookRemoveCommand(name, deps)))
}
