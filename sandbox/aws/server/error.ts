/** A refusal as STS words it: the code and message of the XML answer, and its HTTP status. */
export class StsError extends Error {
  override readonly name = 'StsError'
  readonly code: string
  readonly status: number

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export function validationError(message: string): StsError {
  return new StsError(400, 'ValidationError', message)
}

/** The one wording AWS has for a missing permission, a role that does not exist and a closed trust policy. */
export function notAuthorized(callerArn: string, action: string, resource: string): StsError {
  return accessDenied(
    `User: ${callerArn} is not authorized to perform: ${action} on resource: ${resource}`,
  )
}

export function accessDenied(message: string): StsError {
  return new StsError(403, 'AccessDenied', message)
}
