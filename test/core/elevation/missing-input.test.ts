import { expect, test } from 'vitest'

import { missingInput, type MissingInput } from '../../../src/core/elevation/missing-input.ts'

const device = 'arn:aws:iam::123456789012:mfa/alice'
const ticket = (target: string): MissingInput => ({ input: 'ticket', target })
const code = (target: string): MissingInput => ({ input: 'mfa-code', target, device })

test.each<[string, readonly MissingInput[], string, object]>([
  [
    'a justification alone',
    [{ input: 'justification' }],
    'a justification is needed',
    { code: 'missing-justification', exitCode: 2, hint: /`-j\/--justification TEXT`/ },
  ],
  [
    'a ticket alone, with its target',
    [ticket('azure:prod/Owner')],
    'a ticket for `azure:prod/Owner` is needed',
    { code: 'ticket-required', exitCode: 2, target: 'azure:prod/Owner', hint: /`-t\/--ticket/ },
  ],
  [
    'a code alone is a matter of sign-in, and of whoever runs this',
    [code('aws:prod')],
    `a one-time code of ${device} for \`aws:prod\` is needed`,
    { code: 'mfa-needed', exitCode: 4, target: 'aws:prod', ownInput: true, hint: /`--mfa-token/ },
  ],
  [
    'two codes, which one flag cannot give',
    [code('aws:prod'), code('aws:test')],
    `a one-time code of ${device} for \`aws:prod\` and another for \`aws:test\` is needed`,
    { code: 'mfa-needed', exitCode: 4, target: undefined, hint: /each code works once/ },
  ],
  [
    'everything, each thing once and in one order',
    [code('aws:prod'), ticket('azure:a/B'), { input: 'justification' }, ticket('azure:c/D')],
    `a justification, a ticket for \`azure:a/B\` and \`azure:c/D\` and a one-time code of ${device} for \`aws:prod\` are needed`,
    {
      code: 'missing-input',
      exitCode: 2,
      target: undefined,
      hint: /`-j\/--justification TEXT`, `-t\/--ticket \[SYSTEM:\]NUMBER` and `--mfa-token CODE`/,
    },
  ],
  [
    'what a command line without any words lacks',
    [{ input: 'target' }, { input: 'command' }, { input: 'justification' }],
    'a target, a command to run and a justification are needed',
    { code: 'missing-input', exitCode: 2 },
  ],
])('%s', (_, missing, message, { hint = /./, ...rest }: { hint?: RegExp }) => {
  const error = missingInput(missing)
  expect(error).toMatchObject({ message, ...rest })
  expect(error.hint).toMatch(hint)
})
