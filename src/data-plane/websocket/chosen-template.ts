import type { Exchange } from '#data-plane/exchange.ts'
import { compileMappingTemplate, type MappingTemplate } from '#data-plane/mapping-template.ts'
import type { MethodDefinition } from '#data-plane/route-definition.ts'
import { DEFAULT_KEY, selectByKey, type SelectionPlace } from '#languages/selection/selection-expression.ts'
import { compileRouteSelection } from './route-selection.ts'
import { eventOf } from './websocket-event.ts'

export interface TemplatesSource {
  /** Key → template. */
  readonly templates: Readonly<Record<string, string>>
  /** What gives the key; undefined: `$default`. */
  readonly selection: string | undefined
  readonly place: SelectionPlace
  /** Below the route, for diagnostics. */
  readonly where: string
}

/** By its key, else `$default`; undefined where there is neither. @throws DefinitionError */
export function compileTemplates(
  method: Pick<MethodDefinition, 'warn'>,
  { templates, selection, place, where }: TemplatesSource,
): (exchange: Exchange) => MappingTemplate | undefined {
  const compiled = new Map<string, MappingTemplate>()
  for (const [key, text] of Object.entries(templates)) {
    compiled.set(key, compileMappingTemplate(method, text, `${where}/${key}`))
  }
  if (compiled.size === 0) return () => undefined
  const select = compileRouteSelection(selection ?? DEFAULT_KEY, place, 'templateSelectionExpression')
  return (exchange) => selectByKey(compiled, select(eventOf(exchange).scope(exchange)))
}
