import type { Exchange } from '#data-plane/exchange.ts'
import { WholeBody } from '#http/body.ts'
import type { Body } from '#http/message.ts'
import { bodyShownBytesMax, shownBody, shownHeaders, shownValues, type ShownBody } from './shown.ts'

export type Facts = Readonly<Record<string, unknown>>

/** What a step looks at, and what it leaves in the exchange. */
export interface StepFacts {
  readonly input?: (exchange: Exchange) => Facts
  readonly output?: (exchange: Exchange) => Facts
}

/** By the step's name in `pipeline.ts`; why it decided as it did, a step tells itself (`Explanation.tell`). */
export const stepFacts: Readonly<Record<string, StepFacts>> = {
  'payload limit': { input: ({ request: { body } }) => ({ announcedBytes: body.length }) },
  'resource policy': {
    input: ({ client, method, address }) => ({ sourceIp: client.address, method, path: address.path }),
    output: ({ resourceDecision }) => ({ decision: resourceDecision }),
  },
  authorize: {
    output: ({ authorizer, identity }) => ({
      principalId: authorizer?.principalId,
      caller: identity?.userArn,
    }),
  },
  'API key': { output: ({ identity }) => ({ apiKeyId: identity?.apiKeyId }) },
  'decode body': {
    input: ({ request: { headers } }) => ({ contentEncoding: headers.get('content-encoding') }),
  },
  'receive body': { output: ({ body }) => ({ body: body && shownBody(body) }) },
  'validate request': {
    input: ({ request: { headers } }) => ({ contentType: headers.get('content-type') }),
  },
  'integration request': {
    input: ({ request: { headers } }) => ({ contentType: headers.get('content-type') }),
    output: ({ integrationRequest }) => ({
      headers: integrationRequest && shownHeaders(integrationRequest.headers),
      path: integrationRequest && Object.fromEntries(integrationRequest.path),
      query: integrationRequest && shownValues(integrationRequest.query),
      body: integrationRequest && shownBody(integrationRequest.body),
    }),
  },
  'integration response': {
    input: ({ integrationResponse }) => ({
      status: integrationResponse?.status,
      selection: integrationResponse?.selection,
    }),
    output: response,
  },
  'compress response': {
    input: ({ request: { headers } }) => ({ acceptEncoding: headers.get('accept-encoding') }),
    output: ({ response }) => ({ contentEncoding: response?.headers.get('content-encoding') ?? 'none' }),
  },
  'method response': {
    output: ({ reply }) => ({ status: reply?.status, headers: reply && shownHeaders(reply.headers) }),
  },
}

function response({ response: made }: Exchange): Facts {
  if (made === undefined) return {}
  return { status: made.status, headers: shownHeaders(made.headers), body: wholeBody(made.body) }
}

/** One that streams is not looked at. */
function wholeBody(body: Body): ShownBody | undefined {
  return body instanceof WholeBody && body.length <= bodyShownBytesMax
    ? shownBody(body.bytes(Infinity))
    : { bytes: body.length }
}
