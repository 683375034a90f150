import { utf8Bytes, utf8Text } from '#base/utf8.ts'
import { isUtf8 } from 'node:buffer'
import { compileTemplate } from '#languages/vtl/compile.ts'
import { parseTemplate } from '#languages/vtl/parse.ts'
import type { Exchange } from './exchange.ts'
import { configurationError } from './gateway-error.ts'
import { DefinitionError, type MethodDefinition } from './route-definition.ts'
import { newTemplateScope } from './template-scope.ts'

/** Renders a payload. @throws GatewayError when the template fails */
export type MappingTemplate = (exchange: Exchange, payload: Uint8Array) => Uint8Array

/**
 * @param where the template's place below its method, for diagnostics
 * @throws DefinitionError when the template cannot be read
 */
export function compileMappingTemplate(
  { warn }: Pick<MethodDefinition, 'warn'>,
  text: string,
  where: string,
): MappingTemplate {
  const { template, diagnostics } = parseTemplate(text)
  for (const { severity, message, line, column } of diagnostics) {
    if (severity === 'error')
      throw new DefinitionError(`invalid mapping template: ${message}`, where, { line, column })
    warn(`mapping template: ${message}`, where, { line, column })
  }
  const render = compileTemplate(template)
  return (exchange, payload) => {
    if (!isUtf8(payload)) throw configurationError('a mapping template cannot read a binary payload')
    const body = utf8Text(payload)
    try {
      const scope = newTemplateScope(exchange, body)
      return utf8Bytes(exchange.explanation?.render(text, where, scope) ?? render(scope))
    } catch (cause) {
      throw configurationError(`Unable to transform: ${(cause as Error).message}`, cause)
    }
  }
}
