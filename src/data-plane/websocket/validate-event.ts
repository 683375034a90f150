import { GatewayError } from '#data-plane/gateway-error.ts'
import { modelOf } from '#data-plane/models.ts'
import type { Step } from '#data-plane/plan.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import { validateRequest } from '#data-plane/steps/validate-request.ts'
import { validationErrorString, type ValidateBody } from '#languages/json-schema/compile.ts'
import { selectByKey, type Selection } from '#languages/selection/selection-expression.ts'
import { asRestApi } from './as-method.ts'
import type { CompiledWebSocketRoute, WebSocketRouteDefinition } from './route-definition.ts'
import { compileRouteSelection } from './route-selection.ts'
import { eventOf } from './websocket-event.ts'

/** Parameters that `$connect` requires are looked for; messages are checked with models. */
export function validateEvent(definition: CompiledWebSocketRoute): Step | undefined {
  return definition.eventType === 'CONNECT' ? validateRequest(definition.method) : validateMessage(definition)
}

/**
 * Checks a message with the model that the route's model selection expression gives, else with `$default`. Developer guide,
 * "Request validation": a message without a model to check it with is refused, too.
 */
function validateMessage(definition: WebSocketRouteDefinition): Step | undefined {
  const { route, eventType } = definition
  const { modelSelectionExpression, requestModels = {} } = route
  if (eventType !== 'MESSAGE' || modelSelectionExpression === undefined) return undefined
  const select: Selection = compileRouteSelection(
    modelSelectionExpression,
    'model',
    'modelSelectionExpression',
  )
  const models = new Map<string, ValidateBody | undefined>()
  for (const [key, name] of Object.entries(requestModels))
    models.set(key, validateWith(definition, key, name))
  return (exchange) => {
    const scope = eventOf(exchange).scope(exchange)
    const key = select(scope)
    const validate = selectByKey(models, key)
    if (validate === undefined) {
      throw new GatewayError('BAD_REQUEST_BODY', { reason: `no model is for ${JSON.stringify(key ?? '')}` })
    }
    const messages = validate(scope.body.text())
    if (messages === undefined) return
    const wrong = validationErrorString(messages)
    throw new GatewayError('BAD_REQUEST_BODY', {
      reason: `Request body does not match model schema: ${wrong}`,
      validationErrorString: wrong,
    })
  }
}

/** @throws DefinitionError */
function validateWith(
  { snapshot, warn }: WebSocketRouteDefinition,
  key: string,
  name: string,
): ValidateBody | undefined {
  const where = `requestModels/${key}`
  const model = modelOf(asRestApi(snapshot), name)
  if (model === undefined) throw new DefinitionError(`there is no model ${name}`, where)
  for (const { severity, message, where: place, line, column } of model.diagnostics) {
    const text = `model ${name}${place === undefined ? '' : `, ${place}`}: ${message}`
    if (severity === 'error') throw new DefinitionError(text, where, { line, column })
    warn(text, where, { line, column })
  }
  return model.validate
}
