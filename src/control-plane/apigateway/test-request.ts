import { isHeaderName } from '#base/header-name.ts'
import { badRequest } from './errors.ts'

/** What TestInvokeMethod and TestInvokeAuthorizer say of a request. */
export interface TestRequest {
  readonly pathWithQueryString?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>> | undefined
}

/**
 * Path and query of a test.
 * @param fallback the path where none is given: a resource's own, its braces included (recorded on AWS)
 * @throws BadRequestException
 */
export function testTarget({ pathWithQueryString }: TestRequest, fallback: string): string {
  if (pathWithQueryString === undefined || pathWithQueryString === '') return fallback
  const target = pathWithQueryString.startsWith('/') ? pathWithQueryString : `/${pathWithQueryString}`
  // What could not stand in a request line could not be asked by any client.
  if (!/^[\x21-\x7e]+$/.test(target)) {
    throw badRequest(
      `Invalid pathWithQueryString specified: found a space, a control or a non-ASCII character, expected them percent-encoded`,
    )
  }
  return target
}

/** name, value, name, value … @throws BadRequestException for what cannot stand in a header */
export function testHeaders({ headers, multiValueHeaders }: TestRequest): string[] {
  const list: string[] = []
  const several = new Set(Object.keys(multiValueHeaders ?? {}).map((name) => name.toLowerCase()))
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (!several.has(name.toLowerCase())) list.push(name, value)
  }
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    for (const value of values) list.push(name, value)
  }
  for (let i = 0; i < list.length; i += 2) {
    if (!isHeaderName(list[i] as string)) {
      throw badRequest(`Invalid header name specified: ${JSON.stringify(list[i])}`)
    }
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(list[i + 1] as string)) {
      throw badRequest(`Invalid value specified for header ${list[i]}`)
    }
  }
  return list
}
