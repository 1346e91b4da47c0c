/** The variables that name other endpoints of the services that pim calls, the narrowest first. */
export const endpointVariables = [
  'AWS_ENDPOINT_URL_STS',
  'AWS_ENDPOINT_URL_IAM',
  'AWS_ENDPOINT_URL_SSO',
  'AWS_ENDPOINT_URL_SSO_OIDC',
  'AWS_ENDPOINT_URL_SIGNIN',
  'AWS_ENDPOINT_URL',
] as const
