import { badRequest } from '../apigateway/errors.ts'

/** Characters that a text may have: the least and the most. */
type Length = readonly [min: number, max: number]

/** As the constraints of AWS's service model have it (version 2018-11-29), by the name of the member. */
const lengths: Readonly<Record<string, Length>> = {
  'AcmManaged.CertificateArn': [10, 2048],
  'AcmManaged.DomainName': [3, 256],
  'CognitoConfig.AppClientId': [1, 256],
  'CognitoConfig.UserPoolArn': [20, 2048],
  'CognitoConfig.UserPoolDomain': [20, 2048],
  CustomColor: [1, 16],
  Description: [0, 1024],
  'DisplayContent.Body': [1, 32_768],
  'DisplayContent.Title': [1, 255],
  'IdentifierParts.Method': [1, 20],
  'IdentifierParts.Path': [1, 4096],
  'IdentifierParts.RestApiId': [1, 50],
  'IdentifierParts.Stage': [1, 128],
  LogoUri: [0, 1092],
  'Overrides.Body': [1, 32_768],
  'Overrides.Endpoint': [1, 1024],
  'Overrides.OperationName': [1, 255],
  'PortalContent.DisplayName': [3, 255],
  'PortalProduct.DisplayName': [1, 255],
  RumAppMonitorName: [0, 255],
  SectionName: [1, 255],
}

/** @param name a row of `lengths` @returns the text. @throws BadRequestException */
export function checkedLength(name: string, text: string): string {
  const [min, max] = lengths[name] as Length
  if (text.length >= min && text.length <= max) return text
  throw badRequest(`Invalid ${name} specified: expected ${min} to ${max} characters, found ${text.length}`)
}

/** The same of what need not be there; an empty text is as none. */
export function checkedOptional(name: string, text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : checkedLength(name, text)
}

/** One member of a union, which must have one and no more. @throws BadRequestException */
export function checkUnion(name: string, union: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(union).filter((member) => union[member] !== undefined)
  if (given.length === 1) return
  throw badRequest(
    `Invalid ${name} specified: expected one of its members, found ${given.length === 0 ? 'none' : given.join(', ')}`,
  )
}
