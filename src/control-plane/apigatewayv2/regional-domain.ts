import type { DomainName } from '#model/domain-name.ts'
import { badRequest } from '../apigateway/errors.ts'

const onlyRegional =
  'Only REGIONAL domain names can be managed through the API Gateway V2 API. For EDGE domain names, please use the API Gateway V1 API. Also note that only REST APIs can be attached to EDGE domain names.'
const onlyTls12 =
  'Only REGIONAL domain names with a security policy of TLS 1.2 can be managed through the API Gateway V2 API. For TLS 1.0 domain names, please use the API Gateway V1 API to upgrade your security policy to TLS 1.2. Currently, only REST APIs can be attached to a domain name with a security policy of TLS 1.0.'

/**
 * Version 1 makes domain names that version 2 can show, and no more. As AWS says it: amplify-education/
 * serverless-domain-manager issues 359 and 381.
 * @throws BadRequestException
 */
export function checkRegional({ endpointConfiguration, securityPolicy }: DomainName): void {
  if (!endpointConfiguration.types.every((type) => type === 'REGIONAL')) throw badRequest(onlyRegional)
  if (securityPolicy === 'TLS_1_0') throw badRequest(onlyTls12)
}
