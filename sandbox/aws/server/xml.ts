import type { StsError } from './error.ts'

/** What goes into an answer: nested elements, in order; undefined leaves an element out. */
export type XmlTree = { readonly [name: string]: XmlTree | string | number | undefined }

const stsNamespace = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** The query protocol's answer to a call that succeeded; without a result where the model has none. */
export function renderResult(
  action: string,
  result: XmlTree | undefined,
  requestId: string,
  namespace = stsNamespace,
): string {
  const content = {
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: requestId },
  }
  return envelope(`${action}Response`, content, namespace)
}

/** The query protocol's answer to a call that was refused or failed. */
export function renderError(error: StsError, requestId: string, namespace = stsNamespace): string {
  const type = error.status >= 500 ? 'Receiver' : 'Sender'
  const content = {
    Error: { Type: type, Code: error.code, Message: error.message },
    RequestId: requestId,
  }
  return envelope('ErrorResponse', content, namespace)
}

function envelope(name: string, content: XmlTree, namespace: string): string {
  return `<${name} xmlns="${namespace}">${renderTree(content)}</${name}>\n`
}

/** Nested elements as they go into an answer, without any namespace. */
export function renderTree(tree: XmlTree): string {
  return Object.entries(tree)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<${name}>${renderValue(value)}</${name}>`)
    .join('')
}

function renderValue(value: XmlTree | string | number | undefined): string {
  return typeof value === 'object' ? renderTree(value) : escapeXml(String(value))
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

function escapeXml(text: string): string {
  return (
    text
      .replace(/[&<>"']/g, (character) => entities[character] ?? character)
      // XML 1.0 has no way to write these, not even as a reference.
      .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
      .replace(/\r/g, '&#13;')
  )
}
