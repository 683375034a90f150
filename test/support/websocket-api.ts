import type { AwsCaller } from '#aws/client.ts'

/** By route key. */
export type WebSocketRoutes = Readonly<Record<string, WebSocketRoute>>

export interface WebSocketRoute {
  readonly integration: Readonly<Record<string, unknown>>
  /** What answers the client, by integration response; undefined: nothing does. */
  readonly responses?: Readonly<Record<string, object>>
}

/** Makes a WebSocket API whose messages name their route in `action`, with stages that follow it. @returns its id */
export async function createWebSocketApi(
  caller: AwsCaller,
  routes: WebSocketRoutes,
  stages: readonly string[] = ['dev'],
): Promise<string> {
  const post = async (path: string, body: object): Promise<Record<string, string>> =>
    (await caller.call('apigateway', 'POST', path, body)) as Record<string, string>
  const { apiId } = await post('/v2/apis', {
    name: 'test',
    protocolType: 'WEBSOCKET',
    routeSelectionExpression: '$request.body.action',
  })
  const api = `/v2/apis/${apiId}`
  for (const [routeKey, { integration, responses }] of Object.entries(routes)) {
    const { integrationId } = await post(`${api}/integrations`, integration)
    for (const [key, response] of Object.entries(responses ?? {})) {
      const given = { integrationResponseKey: key, ...response }
      await post(`${api}/integrations/${integrationId}/integrationresponses`, given)
    }
    const { routeId } = await post(`${api}/routes`, {
      routeKey,
      target: `integrations/${integrationId}`,
      ...(responses === undefined ? {} : { routeResponseSelectionExpression: '$default' }),
    })
    if (responses !== undefined) {
      await post(`${api}/routes/${routeId}/routeresponses`, { routeResponseKey: '$default' })
    }
  }
  for (const stageName of stages) await post(`${api}/stages`, { stageName, autoDeploy: true })
  return apiId as string
}

/** Tells the client its connection's id. */
export const whoAmI: WebSocketRoute = {
  integration: {
    integrationType: 'MOCK',
    requestTemplates: { $default: '{"statusCode": 200}' },
    templateSelectionExpression: '\\$default',
  },
  responses: {
    $default: {
      responseTemplates: { $default: '$context.connectionId' },
      templateSelectionExpression: '\\$default',
    },
  },
}

/** Posts the connection's id and event to a backend. */
export function tells(uri: string): WebSocketRoute {
  return {
    integration: {
      integrationType: 'HTTP',
      integrationMethod: 'POST',
      integrationUri: uri,
      requestTemplates: {
        $default:
          '{"id": "$context.connectionId", "event": "$context.eventType", "code": "$context.disconnectStatusCode"}',
      },
      templateSelectionExpression: '\\$default',
    },
  }
}

/** A client that keeps what it is told. */
export interface TestClient {
  readonly id: string
  readonly socket: WebSocket
  /** The next message; binary ones as bytes. */
  readonly next: () => Promise<string | Uint8Array>
  readonly closed: Promise<CloseEvent>
}

/** Opens a WebSocket to an API with the route `whoami`. */
export async function connectClient(url: string): Promise<TestClient> {
  const socket = new WebSocket(url)
  socket.binaryType = 'arraybuffer'
  const messages: (string | Uint8Array)[] = []
  const waiting: ((message: string | Uint8Array) => void)[] = []
  socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
    const message = typeof data === 'string' ? data : new Uint8Array(data)
    const first = waiting.shift()
    if (first === undefined) messages.push(message)
    else first(message)
  })
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    void closed.then(({ code }) => reject(new Error(`${url}: closed with ${code} before it was open`)))
  })
  const next = (): Promise<string | Uint8Array> => {
    const first = messages.shift()
    if (first !== undefined) return Promise.resolve(first)
    return new Promise((resolve) => waiting.push(resolve))
  }
  socket.send('{"action": "whoami"}')
  return { id: String(await next()), socket, next, closed }
}
