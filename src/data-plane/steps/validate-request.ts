import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { mediaTypeOf } from '#data-plane/media-type.ts'
import type { Step } from '#data-plane/plan.ts'
import type { MethodDefinition } from '#data-plane/route-definition.ts'
import type { RequestValidator } from '#model/rest-api.ts'

type Present = (exchange: Exchange) => boolean

/** Whether a parameter is there and not blank, by where it is. */
const places: Readonly<Record<string, (name: string) => Present>> = {
  header: (name) => (exchange) => !isBlank(exchange.header(name)),
  path: (name) => (exchange) => !isBlank(exchange.pathParameter(name)),
  querystring: (name) => (exchange) => !isBlank(exchange.query.get(name)?.at(-1)),
}

/** Parameters first, then the body. Developer guide, "Use request validation in API Gateway". */
export function validateRequest(definition: MethodDefinition): Step | undefined {
  const validator = validatorOf(definition)
  const parameters =
    validator?.validateRequestParameters === true ? requiredParameters(definition) : undefined
  const body = validatesBody(definition) ? wellFormedBody(definition) : undefined
  if (parameters === undefined || body === undefined) return parameters ?? body
  return (exchange) => {
    void parameters(exchange)
    void body(exchange)
  }
}

export function validatesBody(definition: MethodDefinition): boolean {
  const { requestModels } = definition.method
  return (
    validatorOf(definition)?.validateRequestBody === true &&
    requestModels !== undefined &&
    Object.keys(requestModels).length > 0
  )
}

function validatorOf({ snapshot, method }: MethodDefinition): RequestValidator | undefined {
  const id = method.requestValidatorId
  return id === undefined ? undefined : snapshot.requestValidators.find((validator) => validator.id === id)
}

function requiredParameters({ method, warn }: MethodDefinition): Step | undefined {
  const required: { readonly name: string; readonly present: Present }[] = []
  // Names are listed in the order of their keys: headers, path, query (recorded on AWS).
  for (const key of Object.keys(method.requestParameters ?? {}).sort()) {
    if (method.requestParameters?.[key] !== true) continue
    const [, place, name] = /^method\.request\.(header|path|querystring)\.(.+)$/.exec(key) ?? []
    const test = place === undefined ? undefined : places[place]
    if (test === undefined || name === undefined) {
      warn(
        `request parameter ${key} cannot be required: expected method.request.{header|path|querystring}.{name}`,
        'requestParameters',
      )
      continue
    }
    required.push({ name, present: test(name) })
  }
  if (required.length === 0) return undefined
  return (exchange) => {
    const missing = required.filter(({ present }) => !present(exchange))
    if (missing.length === 0) return
    const names = missing.map(({ name }) => name).join(', ')
    throw new GatewayError('BAD_REQUEST_PARAMETERS', {
      message: `Missing required request parameters: [${names}]`,
      validationErrorString: `[${names}]`,
    })
  }
}

/** The body must be JSON where a model is declared for its content type; models themselves are not checked yet. */
function wellFormedBody({ method, warn }: MethodDefinition): Step {
  warn('request models are not checked yet: bodies need only be well-formed JSON', 'requestModels')
  const types = new Set(Object.keys(method.requestModels ?? {}).map((type) => type.toLowerCase()))
  return (exchange) => {
    const type = mediaTypeOf(exchange.request.headers.get('content-type')) ?? 'application/json'
    if (!types.has(type) && !types.has('$default')) return
    const { body } = exchange
    // An empty body is validated as {} (LocalStack's reading of AWS).
    if (body === undefined || body.length === 0) return
    try {
      JSON.parse(Buffer.from(body).toString('utf8'))
    } catch (cause) {
      throw new GatewayError('BAD_REQUEST_BODY', { cause })
    }
  }
}

function isBlank(value: string | undefined): boolean {
  return value === undefined || value.trim() === ''
}
