import { renderError, renderTree } from './server/xml.ts'
import { StsError } from './server/error.ts'
import type { SignedRequest } from './server/signature.ts'

/** A refusal in the protocol of another service than STS. */
export interface StrangerAnswer {
  readonly service: string
  readonly status: number
  readonly code: string
  readonly contentType: string
  readonly body: string
}

/** The service that a call is signed for. */
export function serviceOf({ headers }: Pick<SignedRequest, 'headers'>): string | undefined {
  const scope = /Credential=[^/\s]+\/\d{8}\/[^/\s]+\/([\w-]+)\//
  return scope.exec(headers.authorization ?? '')?.[1]
}

/** The answer to a call that is signed for another service; undefined where STS or IAM is meant. */
export function answerStranger(
  request: SignedRequest,
  requestId: string,
): StrangerAnswer | undefined {
  const { headers, method } = request
  const service = serviceOf(request)
  if (service === undefined || service === 'sts' || service === 'iam') return undefined
  const message = `pim's sandbox has no ${service}; of AWS it has STS and the policies of roles alone`
  const error = new StsError(400, 'NotInSandbox', message)
  const { contentType, body } = inProtocolOf(
    service,
    headers['content-type'] ?? '',
    error,
    requestId,
  )
  return {
    service,
    status: error.status,
    code: error.code,
    contentType,
    body: method === 'HEAD' ? '' : body,
  }
}

const xml = 'text/xml'

/** Which of the AWS protocols a service speaks shows in its name, or in what it is sent. */
function inProtocolOf(
  service: string,
  sent: string,
  error: StsError,
  requestId: string,
): Pick<StrangerAnswer, 'contentType' | 'body'> {
  const { code: Code, message: Message } = error
  if (service === 's3') {
    const body = renderTree({ Error: { Code, Message, RequestId: requestId } })
    return { contentType: xml, body }
  }
  if (service === 'ec2') {
    const body = renderTree({
      Response: { Errors: { Error: { Code, Message } }, RequestID: requestId },
    })
    return { contentType: xml, body }
  }
  if (sent.includes('x-www-form-urlencoded') || withRestXml.includes(service)) {
    return { contentType: xml, body: renderError(error, requestId) }
  }
  const contentType = sent.includes('json') ? sent : 'application/json'
  return { contentType, body: JSON.stringify({ __type: Code, code: Code, message: Message }) }
}

const withRestXml = ['route53', 'cloudfront', 's3control']
