import type { Diagnostic } from '#base/diagnostic.ts'
import { compileMapping, type MappingScope } from '#languages/parameter-mapping/compile.ts'
import { positionOf } from '#base/position.ts'

/** A gateway response's body. What has no value is left out. */
export type GatewayTemplate = (scope: MappingScope) => string

type Piece = string | GatewayTemplate

const REFERENCE =
  /\$(context|stageVariables)\.([A-Za-z0-9_-]+(?:[.:][A-Za-z0-9_-]+)*)|\$?method\.request\.(header|querystring|path|multivalueheader|multivaluequerystring)\.([A-Za-z0-9_-]+)/g

/**
 * Gateway responses know no Velocity: `$context.x`, `$stageVariables.x` and `$method.request.header.X` (the sign may
 * be missing there) are replaced by their values as they are, and nothing else happens. `$context.error.messageString`
 * has its quotes. Never fails. Developer guide, "Gateway responses in API Gateway".
 */
export function compileGatewayTemplate(text: string): GatewayTemplate {
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(REFERENCE)) {
    pieces.push(text.slice(end, match.index), reference(match))
    end = match.index + match[0].length
  }
  pieces.push(text.slice(end))
  return (scope) => {
    let out = ''
    for (const piece of pieces) out += typeof piece === 'string' ? piece : piece(scope)
    return out
  }
}

function reference([, root, name = '', place, parameter = '']: RegExpMatchArray): GatewayTemplate {
  if (root === 'context') return (scope) => scope.context(name) ?? ''
  if (root === 'stageVariables') return (scope) => scope.stageVariable(name) ?? ''
  const value = compileMapping({ kind: place as 'header', name: parameter })
  return (scope) => String(value(scope) ?? '')
}

const VELOCITY =
  /#(?:set|if|elseif|else|end|foreach|macro)\b|\$!?\{?(?:input|util|context|stageVariables|method)\b/g

/** A template for Velocity has them everywhere. */
const FINDINGS_MAX = 10

/** What looks like Velocity, and will be written as it is: the first findings. */
export function checkGatewayTemplate(text: string): Diagnostic[] {
  // Blanks keep every place.
  const rest = text.replaceAll(REFERENCE, (found) => ' '.repeat(found.length))
  return Array.from(rest.matchAll(VELOCITY).take(FINDINGS_MAX), (match) => ({
    severity: 'warning',
    message:
      `${match[0]} is written as it is: gateway responses know $context.{name}, $stageVariables.{name} and ` +
      '$method.request.{header|querystring|path}.{name}, and no Velocity',
    ...positionOf(text, match.index),
  }))
}
