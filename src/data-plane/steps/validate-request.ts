import { utf8Text } from '#base/utf8.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { mediaTypeOf } from '#data-plane/media-type.ts'
import type { Step } from '#data-plane/plan.ts'
import { modelOf } from '#data-plane/models.ts'
import { DefinitionError, type MethodDefinition } from '#data-plane/route-definition.ts'
import { validationErrorString, type ValidateBody } from '#languages/json-schema/compile.ts'
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
  const body = validatesBody(definition) ? modelledBody(definition) : undefined
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
    exchange.explanation?.tell('requiredParameters', {
      required: required.map(({ name }) => name),
      missing: missing.map(({ name }) => name),
    })
    if (missing.length === 0) return
    const names = missing.map(({ name }) => name).join(', ')
    throw new GatewayError('BAD_REQUEST_PARAMETERS', {
      message: `Missing required request parameters: [${names}]`,
      validationErrorString: `[${names}]`,
    })
  }
}

/** By the request's content type, else `$default`; a body of any other type is not looked at. */
function modelledBody(definition: MethodDefinition): Step {
  const { method, snapshot, warn } = definition
  const models = new Map<string, ValidateBody>()
  for (const [type, name] of Object.entries(method.requestModels ?? {})) {
    const where = `requestModels/${type}`
    const model = modelOf(snapshot, name)
    if (model === undefined) throw new DefinitionError(`there is no model ${name}`, where)
    for (const { severity, message, where: place, line, column } of model.diagnostics) {
      const text = `model ${name}${place === undefined ? '' : `, ${place}`}: ${message}`
      if (severity === 'error') throw new DefinitionError(text, where, { line, column })
      warn(text, where, { line, column })
    }
    if (model.validate !== undefined) models.set(type.toLowerCase(), model.validate)
  }
  return (exchange) => {
    const type = mediaTypeOf(exchange.request.headers.get('content-type')) ?? 'application/json'
    const validate = models.get(type) ?? models.get('$default')
    exchange.explanation?.tell('model', {
      contentType: type,
      models: method.requestModels,
      found: validate !== undefined,
    })
    if (validate === undefined) return
    const { body } = exchange
    // An empty body is validated as {} (LocalStack's reading of AWS).
    const messages = validate(body === undefined || body.length === 0 ? '{}' : utf8Text(body))
    if (messages === undefined) return
    const wrong = validationErrorString(messages)
    throw new GatewayError('BAD_REQUEST_BODY', {
      // AWS's line of the execution log.
      reason: `Request body does not match model schema for content type ${type}: ${wrong}`,
      validationErrorString: wrong,
    })
  }
}

function isBlank(value: string | undefined): boolean {
  return value === undefined || value.trim() === ''
}
