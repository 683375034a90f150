import { Headers } from '#http/headers.ts'
import { emptyBody, textBody, WholeBody } from '#http/body.ts'
import type { Body, HttpReply } from '#http/message.ts'
import { AwsError } from '#aws/error.ts'
import { errorFacts } from '#aws/error-facts.ts'
import {
  fromJson,
  parseJsonBody,
  structureFromJson,
  structureToJson,
  toJson,
  type JsonDialect,
} from '#aws/json-value.ts'
import { Router } from '#aws/router.ts'
import type { Member, Operation, ServiceTable, Structure } from '#aws/table.ts'
import { fromText, toText } from '#aws/text-value.ts'
import type { Codec, WireRequest } from './codec.ts'
import { headerText } from './header-text.ts'

/** restJson1: the operation is in method and path, members are where the table says. */
export const restJson: Codec = {
  speaks: () => true,

  identify(request, service) {
    return routerOf(service).match(request.method, request.target)
  },

  decode(request, operation, labels, service) {
    const input: Record<string, unknown> = {}
    if (operation.input === undefined) return input
    const dialect = dialectOf(service)
    const named = namedParameters(operation, operation.input)
    for (const member of operation.input.members) {
      const value = decodeMember(member, request, labels, named, dialect)
      if (value !== undefined) input[member.name] = value
    }
    if (operation.input.members.some(inBody)) {
      const body = parseJsonBody(request.body, service.overlay)
      Object.assign(input, structureFromJson(operation.input, body, dialect, 0, inBody))
    }
    return input
  },

  encode(output, operation, service, requestId) {
    const headers = new Headers(['x-amzn-RequestId', requestId])
    const status = statusOf(output, operation)
    if (operation.output === undefined || status === 204) {
      encodeHeaders(operation.output, output, headers)
      return { status, headers, body: emptyBody }
    }
    encodeHeaders(operation.output, output, headers)
    const { type, body } = encodeBody(operation.output, output, service)
    if (!headers.has('content-type')) headers.add('Content-Type', type)
    return { status, headers, body }
  },

  encodeError(error, service, requestId): HttpReply {
    const facts = errorFacts(error, service)
    const headers = new Headers([
      'x-amzn-RequestId',
      requestId,
      'x-amzn-ErrorType',
      facts.code,
      'Content-Type',
      'application/json',
    ])
    for (const [name, value] of facts.headers) headers.add(name, headerText(value))
    return { status: facts.status, headers, body: textBody(JSON.stringify(facts.body)) }
  },

  // Answered alike by Lambda and API Gateway to a path that is none of theirs.
  unknownOperation: () =>
    new AwsError('AccessDeniedException', 'Unable to determine service/operation name to be authorized', 403),

  missingToken: 'Missing Authentication Token',
  deniedCode: 'AccessDeniedException',
  signatureCodes: {
    missing: 'MissingAuthenticationTokenException',
    incomplete: 'IncompleteSignatureException',
    'unknown-key': 'UnrecognizedClientException',
    'expired-token': 'ExpiredTokenException',
    mismatch: 'InvalidSignatureException',
  },
}

const routers = new WeakMap<ServiceTable, Router>()

function routerOf(service: ServiceTable): Router {
  let router = routers.get(service)
  if (router === undefined) routers.set(service, (router = new Router(service.bindings())))
  return router
}

function dialectOf(service: ServiceTable): JsonDialect {
  return { nameOf: (member) => member.wire, overlay: service.overlay }
}

function inBody(member: Member): boolean {
  return member.place === 'body'
}

/** Labels and query parameters bind requests alone: an answer with such a member has it in its body. */
function inAnswerBody({ place }: Member): boolean {
  return place === 'body' || place === 'query' || place === 'queryParams' || place === 'label'
}

/** Query parameters that have a place of their own: a `queryParams` map takes the others. */
function namedParameters(operation: Operation, input: Structure): Set<string> {
  const names = new Set(input.members.filter((each) => each.place === 'query').map((each) => each.wire))
  const fixed = operation.http?.uri.split('?')[1] ?? ''
  for (const pair of fixed.split('&')) names.add(pair.split('=')[0] as string)
  return names
}

function decodeMember(
  member: Member,
  request: WireRequest,
  labels: ReadonlyMap<string, string>,
  named: ReadonlySet<string>,
  dialect: JsonDialect,
): unknown {
  const { shape, wire } = member
  switch (member.place) {
    case 'label': {
      const label = labels.get(wire)
      return label === undefined ? undefined : fromText(shape, label)
    }
    case 'query': {
      const values = request.target.pairs.filter(([name]) => name === wire).map(([, value]) => value)
      if (values.length === 0) return undefined
      if (shape.kind === 'list') return values.map((value) => fromText(shape.of, value))
      return fromText(shape, values[0] as string)
    }
    case 'queryParams': {
      // A presigned request's own parameters are nobody's input.
      const rest = request.target.pairs.filter(([name]) => !named.has(name) && !name.startsWith('X-Amz-'))
      return rest.length === 0 ? undefined : Object.fromEntries(rest)
    }
    case 'header': {
      const value = request.headers.get(wire)
      if (value === undefined || value === '') return undefined
      if (shape.kind === 'list') return value.split(',').map((entry) => fromText(shape.of, entry.trim()))
      return fromText(shape, Buffer.from(value, 'latin1').toString('utf8'))
    }
    case 'prefixHeaders': {
      const prefix = wire.toLowerCase()
      const found = [...request.headers].filter(([name]) => name.toLowerCase().startsWith(prefix))
      if (found.length === 0) return undefined
      return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]))
    }
    case 'payload':
      if (request.body.length === 0) return undefined
      if (shape.kind === 'blob') return request.body
      if (shape.kind === 'string') return Buffer.from(request.body).toString('utf8')
      return fromJson(shape, parseJsonBody(request.body, dialect.overlay), dialect)
    case 'body':
    case 'status':
      return undefined
  }
}

function statusOf(output: object, operation: Operation): number {
  const member = operation.output?.members.find((each) => each.place === 'status')
  const given = member && (output as Record<string, unknown>)[member.name]
  return typeof given === 'number' ? given : (operation.http?.status ?? 200)
}

function encodeHeaders(shape: Structure | undefined, output: object, headers: Headers): void {
  for (const member of shape?.members ?? []) {
    const value = (output as Record<string, unknown>)[member.name]
    if (value === undefined || value === null) continue
    if (member.place === 'header') headers.add(member.wire, headerText(valueText(member, value)))
    if (member.place === 'prefixHeaders') {
      for (const [name, text] of Object.entries(value))
        headers.add(member.wire + name, headerText(String(text)))
    }
  }
}

function valueText({ shape }: Member, value: unknown): string {
  if (shape.kind !== 'list') return toText(shape, value, 'http-date')
  return (value as readonly unknown[]).map((entry) => toText(shape.of, entry, 'http-date')).join(',')
}

function encodeBody(shape: Structure, output: object, service: ServiceTable): { type: string; body: Body } {
  const json = 'application/json'
  const payload = shape.members.find((member) => member.place === 'payload')
  if (payload === undefined) {
    const value = structureToJson(shape, output, dialectOf(service), inAnswerBody)
    return { type: json, body: textBody(JSON.stringify(value)) }
  }
  const value = (output as Record<string, unknown>)[payload.name]
  if (payload.shape.kind === 'blob') {
    const body = value === undefined ? emptyBody : new WholeBody(value as Uint8Array)
    return { type: service.overlay.payloadType ?? 'application/octet-stream', body }
  }
  if (value === undefined) return { type: json, body: emptyBody }
  if (payload.shape.kind === 'string') return { type: 'text/plain', body: textBody(value as string) }
  return { type: json, body: textBody(JSON.stringify(toJson(payload.shape, value, dialectOf(service)))) }
}
