import { Headers } from '#http/headers.ts'
import { textBody } from '#http/body.ts'
import { AwsError } from '#aws/error.ts'
import { errorFacts } from '#aws/error-facts.ts'
import { serialization } from '#aws/json-value.ts'
import { parsePairs } from '#aws/raw-target.ts'
import type { Member, Shape, Structure } from '#aws/table.ts'
import { fromText, toText } from '#aws/text-value.ts'
import type { Codec, WireRequest } from './codec.ts'

/** Names like `Tags.member.1.Key` nest no deeper in any service. */
const DEPTH_MAX = 32

/** awsQuery: `Action=…&Version=…` in a form body or the query string, XML out. */
export const awsQuery: Codec = {
  speaks: ({ headers, target }) =>
    (headers.get('content-type') ?? '').startsWith('application/x-www-form-urlencoded') ||
    target.pairs.some(([name]) => name === 'Action'),

  identify(request) {
    const action = parametersOf(request).find(([name]) => name === 'Action')?.[1]
    return action === undefined ? undefined : { operation: action, labels: new Map() }
  },

  decode(request, operation) {
    if (operation.input === undefined) return {}
    const root: Node = { value: undefined, children: new Map() }
    for (const [name, value] of parametersOf(request)) place(root, name.split('.'), value)
    return structureFromNode(operation.input, root)
  },

  encode(output, { name, output: shape }, { meta }, requestId) {
    const result = shape === undefined ? '' : element(`${name}Result`, membersXml(shape, output))
    const metadata = element('ResponseMetadata', element('RequestId', escapeXml(requestId)))
    return xmlReply(200, requestId, root(`${name}Response`, meta.xmlNamespace, result + metadata))
  },

  encodeError(error, service, requestId) {
    const { code, queryCode, status } = errorFacts(error, service)
    const parts = [
      element('Type', status < 500 ? 'Sender' : 'Receiver'),
      element('Code', escapeXml(queryCode ?? code)),
      element('Message', escapeXml(error.message)),
    ]
    const body = element('Error', parts.join('')) + element('RequestId', escapeXml(requestId))
    return xmlReply(status, requestId, root('ErrorResponse', service.meta.xmlNamespace, body))
  },

  unknownOperation: (operation, { meta }) =>
    operation === undefined
      ? new AwsError('MissingAction', 'Could not find an Action or operation parameter in the request', 400)
      : new AwsError(
          'InvalidAction',
          `Could not find operation ${operation} for version ${meta.apiVersion}`,
          400,
        ),

  missingToken: 'Request is missing Authentication Token',
  deniedCode: 'AccessDenied',
  signatureCodes: {
    missing: 'MissingAuthenticationToken',
    incomplete: 'IncompleteSignature',
    'unknown-key': 'InvalidClientTokenId',
    'expired-token': 'ExpiredToken',
    mismatch: 'SignatureDoesNotMatch',
  },
}

function parametersOf(request: WireRequest): readonly (readonly [name: string, value: string])[] {
  return [...request.target.pairs, ...parsePairs(Buffer.from(request.body).toString('utf8'))]
}

interface Node {
  value: string | undefined
  readonly children: Map<string, Node>
}

function place(node: Node, path: readonly string[], value: string): void {
  if (path.length > DEPTH_MAX)
    throw new AwsError('MalformedQueryString', `Parameter deeper than ${DEPTH_MAX} levels`)
  let at = node
  for (const name of path) {
    let next = at.children.get(name)
    if (next === undefined) at.children.set(name, (next = { value: undefined, children: new Map() }))
    at = next
  }
  at.value ??= value
}

function structureFromNode(shape: Structure, node: Node): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const member of shape.members) {
    const child = node.children.get(member.xml)
    const value = child && fromNode(member.shape, child, member.flat)
    if (value !== undefined) result[member.name] = value
  }
  return result
}

function fromNode(shape: Shape, node: Node, flat: boolean): unknown {
  switch (shape.kind) {
    case 'structure':
      return structureFromNode(shape, node)
    case 'list': {
      // An empty list is sent as `Name=`.
      if (node.value === '' && node.children.size === 0) return []
      const holder = flat ? node : node.children.get(shape.entry)
      return entriesOf(holder).map((entry) => fromNode(shape.of, entry, false))
    }
    case 'map': {
      const holder = flat ? node : node.children.get('entry')
      return Object.fromEntries(
        entriesOf(holder).map((entry) => {
          const value = entry.children.get('value')
          return [entry.children.get('key')?.value ?? '', value && fromNode(shape.of, value, false)]
        }),
      )
    }
    default:
      return node.value === undefined ? undefined : fromText(shape, node.value)
  }
}

/** Children named 1, 2, 3 … in that order. */
function entriesOf(node: Node | undefined): Node[] {
  const numbered = [...(node?.children ?? [])].map(([name, child]) => {
    if (!/^\d{1,9}$/.test(name))
      throw serialization(`'${name.slice(0, 100)}' is not the number of a list entry`)
    return [Number(name), child] as const
  })
  return numbered.sort(([a], [b]) => a - b).map(([, child]) => child)
}

function membersXml(shape: Structure, value: object): string {
  return shape.members
    .map((member) => memberXml(member, (value as Record<string, unknown>)[member.name]))
    .join('')
}

function memberXml({ shape, xml, flat }: Member, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (!flat) return element(xml, valueXml(shape, value))
  if (shape.kind === 'list') {
    return (value as readonly unknown[]).map((entry) => element(xml, valueXml(shape.of, entry))).join('')
  }
  return Object.entries(value)
    .map(([key, entry]) => element(xml, entryXml(shape, key, entry)))
    .join('')
}

function valueXml(shape: Shape, value: unknown): string {
  switch (shape.kind) {
    case 'structure':
      return membersXml(shape, value as object)
    case 'list':
      return (value as readonly unknown[])
        .map((entry) => element(shape.entry, valueXml(shape.of, entry)))
        .join('')
    case 'map':
      return Object.entries(value as object)
        .map(([key, entry]) => element('entry', entryXml(shape, key, entry)))
        .join('')
    default:
      return escapeXml(toText(shape, value, 'date-time'))
  }
}

function entryXml(shape: Shape, key: string, value: unknown): string {
  const of = shape.kind === 'map' ? shape.of : shape
  return element('key', escapeXml(key)) + element('value', valueXml(of, value))
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`
}

function root(name: string, namespace: string | undefined, content: string): string {
  return `<${name}${namespace === undefined ? '' : ` xmlns="${escapeXml(namespace)}"`}>${content}</${name}>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
}

/** Characters that XML 1.0 has no way to write become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"\r]/g, (character) => ENTITIES[character] as string)
}

function xmlReply(status: number, requestId: string, text: string): ReturnType<Codec['encode']> {
  const headers = new Headers(['x-amzn-RequestId', requestId, 'Content-Type', 'text/xml'])
  return { status, headers, body: textBody(text) }
}
