import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IniFault } from '../../src/providers/aws/ini/ini-text.ts'
import { nestedEntries, readIni } from '../../src/providers/aws/ini/ini.ts'
import { sharedConfig, type Profiles } from '../../src/providers/aws/config/shared-config.ts'
import { hasBotocore, startBotocore, type Botocore, type BotocoreView } from './botocore.ts'
import { requirePart } from './parts.ts'

const isHere = requirePart('botocore', hasBotocore)

const text = new TextEncoder()

function nested(profiles: Profiles): Record<string, unknown> {
  const value = (written = '') =>
    written.startsWith('\n') ? Object.fromEntries(nestedEntries(written) ?? []) : written
  return Object.fromEntries(
    Object.entries(profiles).map(([name, profile]) => [
      name,
      Object.fromEntries(Object.entries(profile).map(([key, written]) => [key, value(written)])),
    ]),
  )
}

/** What pim makes of the same files, told as botocore tells it. */
function ourView(config: Uint8Array, credentials: Uint8Array): BotocoreView {
  try {
    const { profiles, ssoSessions, services } = sharedConfig(readIni(config), readIni(credentials))
    return {
      profiles: nested(profiles),
      sso_sessions: nested(ssoSessions),
      services: nested(services),
    }
  } catch (error) {
    if (error instanceof IniFault) return { refused: `line ${error.line}: ${error.message}` }
    throw error
  }
}

const corpus: Readonly<Record<string, string>> = {
  'a name in quotes': '[profile "Prod Admin"]\nregion = x\n',
  'a name in the other quotes': "[profile 'Prod Admin']\nregion = x\n",
  'a name with a quote that has no end': '[profile "Prod]\nregion = x\n',
  'a name that is escaped': '[profile Prod\\ Admin]\nregion = x\n',
  'names of two words and no quotes': '[profile Prod Admin]\nregion = x\n',
  'blanks in a section':
    '[profile   twice ]\na = 1\n[ profile before ]\na = 1\n[profile\tt]\na = 1\n',
  'letters of other languages': '[profile prød]\nregion = x\n[profile 本番]\nregion = y\n',
  'a comment behind a section': '[profile a]#b\nregion = x\n[profile c] ; d ]\nregion = y\n',
  'keys in capitals': '[profile a]\nRole_ARN = x\nREGION = y\n',
  'a colon': '[profile a]\nrole_arn: arn:aws:iam::1:role/R\nb:=c\nd=:e\n',
  'a value that is blank, and a key below it': '[profile a]\n  region =\n  role_arn = x\n',
  'a list': '[profile a]\ns3 =\n  x = y\n  z=1\nregion = r\n',
  'a list with a gap': '[profile a]\ns3 =\n  x = y\n\n  # c\n  z = 1\n',
  'a list that is none': '[profile a]\ns3 =\n  x\n',
  'a value that goes on': '[profile a]\nrole_arn = x\n  region = y\n',
  'an indented section': '[profile a]\nb = c\n  [profile d]\ne = f\n',
  comments: '# a\n[profile a]\n; b\nc = d # e\n  # f\n  g\n#h\n',
  'what every section has': '[DEFAULT]\nregion = x\n[profile a]\nb = c\n[profile d]\nregion = e\n',
  'a section twice': '[profile a]\nb = c\n[profile a]\nd = e\n',
  'a section in two spellings': '[profile a]\nb = c\n[profile "a"]\nd = e\n',
  'a key twice': '[profile a]\nb = c\nB = d\n',
  'both ways to write the default': '[profile default]\na = 1\n[default]\nb = 2\n',
  'the other order of them': '[default]\nb = 2\n[profile default]\na = 1\n',
  'no section': 'a = b\n',
  'a line of no kind': '[profile a]\nb\n',
  'a section without an end': '[profile a\nb = c\n',
  'a key of nothing': '[profile a]\n= b\n',
  'a section of nothing': '[]\na = b\n',
  'a profile of nothing': '[profile ""]\na = b\n',
  'line ends of all kinds': '[profile a]\r\nb = c\r\r[profile d]\ne = f',
  'blanks of all kinds': '[profile a]\nb = \u00a0c\u3000\n\u2003d = e\n\u001ff = g\n',
  'sections of other kinds': '[sso-session s]\na = b\n[services t]\nsts =\n  c = d\n[u]\ne = f\n',
  'nearly a section of a kind': '[profiles a]\nb = c\n[sso-sessionx d]\ne = f\n[profile]\ng = h\n',
  'nobody’s prototype': '[profile __proto__]\na = b\n[profile constructor]\n__proto__ = c\n',
}

const lineEnd = fc.constantFrom('\n', '\n', '\n', '\r\n', '\r')
const indent = fc.constantFrom('', '', '', ' ', '  ', '\t', '\u00a0', '\u001d')
const name = fc.constantFrom('a', 'b', 'default', '"a"', "'b c'", 'c d', 'é', 'x]', '__proto__')
const header = fc
  .tuple(
    fc.constantFrom('profile ', 'profile  ', '', 'sso-session ', 'services ', 'DEFAULT', 'profile'),
    name,
    fc.constantFrom(']', ']', ']', ' ]', ']#c', '] x', ')', ''),
  )
  .map(([kind, written, end]) => `[${kind}${written}${end}`)
const entry = fc
  .tuple(
    fc.constantFrom('region', 'Role_Arn', 'b c', 's3', '', 'İ', '[k]'),
    fc.constantFrom('=', ' = ', ':', ' : ', '\t=\t', ' ', ''),
    fc.constantFrom('', '', 'x', 'x # y', 'a=b', '"q', ' ', 'ß', '\u2028'),
  )
  .map((parts) => parts.join(''))
const comment = fc.constantFrom('#', '; x', '', '  ', '\u00a0')
const line = fc.oneof(header, entry, entry, comment)
const file = fc
  .array(fc.tuple(indent, line, lineEnd), { maxLength: 9 })
  .map((lines) => text.encode(lines.map((parts) => parts.join('')).join('')))
const signs = '[]=:#;"\'\\ \t\n\r\u000b\u000c\u001c\u0085\u00a0\u2028apDEFULT'
const soup = fc
  .array(fc.constantFrom(...signs.split(''), '[profile a]\n', '[a]\n', 'b = c\n'), {
    maxLength: 24,
  })
  .map((parts) => text.encode(parts.join('')))
const bytes = fc.uint8Array({ maxLength: 24 }).filter(([first]) => first !== 0xef)

describe.runIf(isHere)('the shared files are read as botocore reads them', () => {
  let botocore: Botocore
  beforeAll(() => {
    botocore = startBotocore()
  })
  afterAll(() => botocore[Symbol.dispose]())

  async function compare(config: Uint8Array, credentials: Uint8Array): Promise<void> {
    const theirs = await botocore.read(config, credentials)
    const ours = ourView(config, credentials)
    if ('refused' in theirs) expect(ours, theirs.refused).toHaveProperty('refused')
    else expect(ours).toEqual(theirs)
  }

  test.each(Object.entries(corpus))('%s', async (_, written) => {
    await compare(text.encode(written), text.encode(''))
    await compare(text.encode(''), text.encode(written))
    await compare(text.encode('[profile a]\nregion = of-config\nx = y\n'), text.encode(written))
  })

  test.each<[string, fc.Arbitrary<Uint8Array>]>([
    ['files of likely lines', file],
    ['files of signs', soup],
    ['files of any bytes', bytes],
  ])('%s', async (_, arbitrary) => {
    await fc.assert(fc.asyncProperty(arbitrary, arbitrary, compare), { numRuns: 600 })
  })

  test('but for a byte order mark, which only the AWS CLI refuses', async () => {
    const marked = text.encode('\ufeff[profile a]\nregion = x\n')
    expect(await botocore.read(marked, text.encode(''))).toHaveProperty('refused')
    expect(ourView(marked, text.encode(''))).toMatchObject({ profiles: { a: { region: 'x' } } })
  })
})
