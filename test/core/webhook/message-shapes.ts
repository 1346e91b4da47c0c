/** Slack's Block Kit as its reference has it, as far as a message of ours goes. */
const slackText = {
  type: 'object',
  required: ['type', 'text'],
  additionalProperties: false,
  properties: {
    type: { const: 'plain_text' },
    text: { type: 'string', minLength: 1, maxLength: 2000 },
    emoji: { type: 'boolean' },
  },
} as const

export const slackShape = {
  type: 'object',
  required: ['text', 'blocks'],
  additionalProperties: false,
  properties: {
    text: { type: 'string', minLength: 1, maxLength: 40_000 },
    mrkdwn: { type: 'boolean' },
    blocks: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: {
        oneOf: [
          {
            type: 'object',
            required: ['type', 'text'],
            additionalProperties: false,
            properties: {
              type: { const: 'header' },
              text: {
                ...slackText,
                properties: {
                  ...slackText.properties,
                  text: { type: 'string', minLength: 1, maxLength: 150 },
                },
              },
            },
          },
          {
            type: 'object',
            required: ['type', 'fields'],
            additionalProperties: false,
            properties: {
              type: { const: 'section' },
              fields: { type: 'array', minItems: 1, maxItems: 10, items: slackText },
            },
          },
        ],
      },
    },
  },
} as const

const fact = {
  type: 'object',
  required: ['title', 'value'],
  additionalProperties: false,
  properties: { title: { type: 'string' }, value: { type: 'string' } },
} as const

/** What Teams' workflows take: a message with one Adaptive Card, whose elements are those that we use. */
export const teamsShape = {
  type: 'object',
  required: ['type', 'attachments'],
  additionalProperties: false,
  properties: {
    type: { const: 'message' },
    attachments: {
      type: 'array',
      minItems: 1,
      maxItems: 1,
      items: {
        type: 'object',
        required: ['contentType', 'content'],
        additionalProperties: false,
        properties: {
          contentType: { const: 'application/vnd.microsoft.card.adaptive' },
          contentUrl: { type: 'null' },
          content: {
            type: 'object',
            required: ['type', 'version', 'body'],
            additionalProperties: false,
            properties: {
              $schema: { const: 'http://adaptivecards.io/schemas/adaptive-card.json' },
              type: { const: 'AdaptiveCard' },
              version: { enum: ['1.0', '1.1', '1.2', '1.3', '1.4', '1.5'] },
              body: {
                type: 'array',
                minItems: 1,
                items: {
                  oneOf: [
                    {
                      type: 'object',
                      required: ['type', 'text'],
                      additionalProperties: false,
                      properties: {
                        type: { const: 'TextBlock' },
                        text: { type: 'string', minLength: 1 },
                        weight: { enum: ['Default', 'Lighter', 'Bolder'] },
                        size: { enum: ['Default', 'Small', 'Medium', 'Large', 'ExtraLarge'] },
                        wrap: { type: 'boolean' },
                      },
                    },
                    {
                      type: 'object',
                      required: ['type', 'facts'],
                      additionalProperties: false,
                      properties: {
                        type: { const: 'FactSet' },
                        facts: { type: 'array', minItems: 1, items: fact },
                      },
                    },
                  ],
                },
              },
            },
          },
        },
      },
    },
  },
} as const

/** What Teams takes at the most, in bytes. */
export const largestForTeams = 28 * 1024
