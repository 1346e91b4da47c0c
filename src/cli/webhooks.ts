import { Option, type Command } from 'commander'
import type { WebhookFlags } from '../commands/config/webhook.ts'
import { webhookFormats } from '../core/webhook/webhook.ts'
import type { Act, Cli } from './action.ts'

/** The commands about webhooks, which are told of requests and decisions. */
export function addWebhooks(program: Command, _cli: Cli, act: Act): void {
  const load = () => import('../commands/config/webhook.ts')
  const webhook = program
    .command('webhook')
    .description('post requests for approval and decisions to Slack, Teams or a server')
  webhook
    .command('set')
    .argument('<name>', 'letters, digits, dots and hyphens')
    .addOption(
      new Option('--format <format>', 'what the receiver reads')
        .choices(webhookFormats)
        .makeOptionMandatory(),
    )
    .description('read the address of a webhook from a prompt or stdin, and keep it as a secret')
    .action((name: string, flags: WebhookFlags) =>
      act(async (deps) => (await load()).webhookSetCommand(name, flags, deps)),
    )
  webhook
    .command('list')
    .description('print every webhook, without its address')
    .action(() => act(async (deps) => (await load()).webhookListCommand(deps)))
  webhook
    .command('test')
    .argument('<webhook>', 'its name')
    .description('post a message that says that it works')
    .action((name: string) => act(async (deps) => (await load()).webhookTestCommand(name, deps)))
  webhook
    .command('remove')
    .argument('<webhook>', 'its name')
    .description('take a webhook away, with its address')
    .action((name: string) => act(async (deps) => (await load()).webhookRemoveCommand(name, deps)))
}
