import type { Announcement } from './announcement.ts'
import { printable } from '../printable.ts'
import type { WebhookFormat } from './webhook.ts'

/** What is posted, as JSON, in the shape that the receiver documents. */
export function webhookMessage(format: WebhookFormat, announcement: Announcement): string {
  return JSON.stringify(messages[format](announcement))
}

type Message = Readonly<Record<string, unknown>>

const messages: Readonly<Record<WebhookFormat, (announcement: Announcement) => Message>> = {
  json: (announcement) => ({ schema: 'pim.webhook/v1', ...announcement }),
  slack: slackMessage,
  teams: teamsMessage,
}

/**
 * Slack's Block Kit. All of it is `plain_text`, which knows neither links nor mentions; the text beside
 * it, for notifications, is escaped as Slack asks. Ten fields of 2,000 characters are a section's limit.
 */
function slackMessage(announcement: Announcement): Message {
  const title = headline(announcement)
  const fields = factsOf(announcement).map(([name, value]) => plainText(`${name}\n${value}`))
  return {
    text: escapedForSlack(title),
    mrkdwn: false,
    blocks: [
      { type: 'header', text: plainText(cut(title, 150)) },
      ...sections(fields).map((some) => ({ type: 'section', fields: some })),
    ],
  }
}

const fieldsOfSection = 10

function sections<Field>(fields: readonly Field[]): readonly (readonly Field[])[] {
  const count = Math.ceil(fields.length / fieldsOfSection)
  return Array.from({ length: count }, (_, at) =>
    fields.slice(at * fieldsOfSection, (at + 1) * fieldsOfSection),
  )
}

function plainText(text: string): Message {
  return { type: 'plain_text', text, emoji: false }
}

function escapedForSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** An Adaptive Card in the envelope that Teams' workflows and incoming webhooks take, which is to stay below 28 KB. */
function teamsMessage(announcement: Announcement): Message {
  const facts = factsOf(announcement).map(([title, value]) => ({
    title,
    value: escapedForCard(value),
  }))
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            {
              type: 'TextBlock',
              text: escapedForCard(headline(announcement)),
              weight: 'Bolder',
              size: 'Medium',
              wrap: true,
            },
            ...(facts.length > 0 ? [{ type: 'FactSet', facts }] : []),
          ],
        },
      },
    ],
  }
}

/** Cards read some Markdown, lists at the beginning of a text among it, and functions in double braces. */
function escapedForCard(text: string): string {
  return text
    .replace(/[\\`*_[\]~]/g, String.raw`\$&`)
    .replace(/^(\s*\d*)([-+#>.)])/, String.raw`$1\$2`)
    .replace(/\{(?=\{)/g, '{ ')
}

function headline({ event, requester = 'somebody', target = '', approver }: Announcement): string {
  const [who, what, by] = [requester, target, approver ?? 'an approver'].map((text) =>
    cut(printable(text), 200),
  )
  switch (event) {
    case 'elevation.pending':
      return `${who} asks for ${what}, which needs approval`
    case 'elevation.active':
      return `${what} was approved, and is active for ${who}`
    case 'elevation.denied':
      return `${what} was denied to ${who}`
    case 'elevation.canceled':
      return `${who} cancelled the request for ${what}`
    case 'approval.approved':
      return `${by} approved ${what} for ${who}`
    case 'approval.denied':
      return `${by} denied ${what} to ${who}`
    case 'webhook.test':
      return 'pim can post here'
  }
}

/** Long enough for any reason; with all of them together below what Teams takes, whatever it is written in. */
const longestValue = 400

function factsOf(announcement: Announcement): readonly (readonly [string, string])[] {
  const { requestId, elevationId, expiresAt, target, role, scope, ticket } = announcement
  const approve = announcement.event === 'elevation.pending' ? requestId : undefined
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Target', target],
    ['Role', role],
    ['Scope', scope],
    ['Justification', announcement.justification],
    ['Ticket', ticket],
    ['Duration', announcement.duration],
    ['Until', expiresAt],
    ['Decided by', announcement.approver],
    ['Reason', announcement.reason],
    ['Request', requestId],
    ['Elevation', elevationId],
    ['To decide', approve && `pim approve ${approve} -j "…"`],
  ]
  return facts.flatMap(([name, value]) =>
    value === undefined || value === ''
      ? []
      : [[name, cut(printable(value), longestValue)] as const],
  )
}

function cut(text: string, longest: number): string {
  const characters = Array.from(text)
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`
}
