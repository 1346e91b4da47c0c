import type { Command } from 'commander'

/** The identity that a command uses, where several are signed in to Microsoft. */
export function withIdentity(command: Command): Command {
  return command
    .option('--tenant <id|domain|name>', 'Use the sign-in to this Microsoft tenant')
    .option('--account <name>', 'Use the sign-in of this Microsoft account')
}
