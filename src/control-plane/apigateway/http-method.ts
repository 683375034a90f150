import { badRequest } from './errors.ts'

/** In the order in which AWS lists them. */
const httpMethods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'ANY']

/** @throws BadRequestException */
export function checkHttpMethod(httpMethod: string): void {
  if (!httpMethods.includes(httpMethod)) {
    throw badRequest(`Invalid HttpMethod specified. Valid options are ${httpMethods.join(',')}`)
  }
}
