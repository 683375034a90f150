import type { ExpressionScope } from './scope.ts'
import { TextBody } from './text-body.ts'

/** A request and its answer, for tests. */
export function testScope(requestBody: string, responseBody: string = ''): ExpressionScope {
  const from =
    (values: Readonly<Record<string, string>>) =>
    (name: string): string | undefined =>
      Object.hasOwn(values, name) ? values[name] : undefined
  const requestHeader = from({ 'x-api-key': 'key', auth: 'a,b', empty: '' })
  const responseHeader = from({ etag: '"1"', 'set-cookie': 'a=1,b=2' })
  return {
    request: {
      method: 'POST',
      path: '/pets/7',
      basePath: 'v1',
      body: new TextBody(() => requestBody),
      pathParameter: from({ petId: '7' }),
      header: (name) => requestHeader(name.toLowerCase()),
      queryParameter: from({ q: '1,2', token: 't' }),
    },
    response: {
      status: 404,
      body: new TextBody(() => responseBody),
      header: (name) => responseHeader(name.toLowerCase())?.split(',').at(-1),
      multiValueHeader: (name) => responseHeader(name.toLowerCase()),
    },
    context: from({
      requestId: 'id-1',
      'authorizer.usageIdentifierKey': 'usage',
      'authorizer.claims.cognito:username': 'ann',
      'error.message': '$request.path',
    }),
    stageVariable: from({ env: 'test' }),
  }
}
