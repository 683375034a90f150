import type { DocumentationLocation, DocumentationType } from '#model/documentation.ts'
import type { Authorizer, Method, Model, Resource } from '#model/rest-api.ts'

/** What of an API can be documented. */
interface Api {
  readonly resources: readonly Resource[]
  readonly models: readonly Model[]
  readonly authorizers: readonly Authorizer[]
}

/** The place of every entity that an API has now. */
export function documentedEntities({
  resources,
  models,
  authorizers,
}: Api): readonly DocumentationLocation[] {
  return [
    { type: 'API' },
    ...authorizers.map(({ name }): DocumentationLocation => ({ type: 'AUTHORIZER', name })),
    ...models.map(({ name }): DocumentationLocation => ({ type: 'MODEL', name })),
    ...resources.flatMap((resource): readonly DocumentationLocation[] => [
      { type: 'RESOURCE', path: resource.path },
      ...Object.values(resource.methods).flatMap((method) => methodEntities(resource.path, method)),
    ]),
  ]
}

/** Where `method.request.{place}.{name}` is documented. */
const parameterTypes: Readonly<Record<string, DocumentationType>> = {
  path: 'PATH_PARAMETER',
  querystring: 'QUERY_PARAMETER',
  header: 'REQUEST_HEADER',
}

function methodEntities(path: string, definition: Method): readonly DocumentationLocation[] {
  const method = definition.httpMethod
  const parameters = Object.keys(definition.requestParameters ?? {}).flatMap((key) => {
    const [, , place = '', ...name] = key.split('.')
    const type = parameterTypes[place]
    return type === undefined ? [] : [{ type, path, method, name: name.join('.') }]
  })
  const bodies = Object.keys(definition.requestModels ?? {}).length > 0
  return [
    { type: 'METHOD', path, method },
    ...parameters,
    ...(bodies ? [{ type: 'REQUEST_BODY' as const, path, method }] : []),
    ...Object.values(definition.methodResponses).flatMap(
      ({ statusCode, responseParameters, responseModels }): readonly DocumentationLocation[] => [
        { type: 'RESPONSE', path, method, statusCode },
        ...Object.keys(responseParameters ?? {}).map((key): DocumentationLocation => ({
          type: 'RESPONSE_HEADER',
          path,
          method,
          statusCode,
          name: key.slice('method.response.header.'.length),
        })),
        ...(Object.keys(responseModels ?? {}).length > 0
          ? [{ type: 'RESPONSE_BODY' as const, path, method, statusCode }]
          : []),
      ],
    ),
  ]
}
