import { join } from 'node:path'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { zip } from '#base/zip.ts'
import { nginxPath, startWebSocketProxy } from '../peers/nginx.ts'
import { startGateway, type RunningGateway } from '../support/gateway.ts'
import { freePort } from '../support/process.ts'
import { openRawWebSocket, type RawWebSocket } from '../support/raw-websocket.ts'
import { startServer, type RunningServer } from '../support/server-process.ts'

/** What clients are connected to. */
export interface Subject {
  readonly name: string
  /** Whose CPU and memory count. */
  readonly pids: readonly number[]
  readonly open: () => Promise<RawWebSocket>
}

const ECHO = join(import.meta.dir, '..', 'websocket-echo.ts')

/** The npm package `ws` over node:http, on this runtime. */
export async function startWs(core: number): Promise<RunningServer> {
  const port = await freePort()
  return startServer({ core, port, command: () => [process.execPath, ECHO, String(port), 'ws'] })
}

/** Clients of a server that echoes, or of nginx before it. */
export function echoSubject(name: string, port: number, pids: readonly number[]): Subject {
  return { name, pids, open: () => openRawWebSocket(port) }
}

export async function startNginxBefore(port: number): Promise<RunningServer | undefined> {
  return nginxPath() === null ? undefined : startWebSocketProxy(port)
}

/** A gateway with a WebSocket API: `mock` answers itself, `lambda` by a function. */
export interface BenchApi {
  readonly gateway: RunningGateway
  readonly caller: AwsCaller
  /** `/_aws/execute-api/{id}/b/@connections` */
  readonly connectionsTarget: string
  readonly subject: Subject
}

export const KEYS = { accessKeyId: 'AKIDBENCH', secretAccessKey: 'the-secret-of-the-benchmark' }

const FUNCTION = 'exports.echo = async (event) => ({ statusCode: 200, body: event.body })'

export async function startApi(workers = 1): Promise<BenchApi> {
  const credentials = ['--credentials', `${KEYS.accessKeyId}:${KEYS.secretAccessKey}`]
  const gateway = await startGateway({ workers, words: [...credentials, '--websocket-extensions'] })
  const caller = createAwsCaller({ endpoint: gateway.url, region: 'us-east-1', credentials: KEYS })
  const target = `/_aws/execute-api/${await deploy(caller)}/b`
  return {
    gateway,
    caller,
    connectionsTarget: `${target}/@connections`,
    subject: {
      name: 'Gatehouse',
      pids: [gateway.pid],
      open: () => openRawWebSocket(gateway.port, target),
    },
  }
}

/** @returns the API's id */
async function deploy(caller: AwsCaller): Promise<string> {
  const post = async (path: string, body: object): Promise<Record<string, string>> =>
    (await caller.call('apigateway', 'POST', path, body)) as Record<string, string>
  const created = await caller.call('lambda', 'POST', '/2015-03-31/functions', {
    FunctionName: 'echo',
    Runtime: 'nodejs20.x',
    Handler: 'index.echo',
    Role: 'arn:aws:iam::000000000000:role/bench',
    Code: {
      ZipFile: Buffer.from(zip([{ name: 'index.js', bytes: Buffer.from(FUNCTION), mode: 0o644 }])).toString(
        'base64',
      ),
    },
  })
  const { FunctionArn } = created as { FunctionArn: string }
  await caller.call('lambda', 'POST', '/2015-03-31/functions/echo/policy', {
    StatementId: 'bench',
    Action: 'lambda:InvokeFunction',
    Principal: 'apigateway.amazonaws.com',
  })
  const { apiId } = await post('/v2/apis', {
    name: 'bench',
    protocolType: 'WEBSOCKET',
    routeSelectionExpression: '$request.body.action',
  })
  const api = `/v2/apis/${apiId}`
  const integrations = {
    mock: {
      integrationType: 'MOCK',
      requestTemplates: { $default: '{"statusCode": 200}' },
      templateSelectionExpression: '\\$default',
    },
    lambda: {
      integrationType: 'AWS_PROXY',
      integrationUri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`,
    },
  }
  for (const [routeKey, integration] of Object.entries(integrations)) {
    const { integrationId } = await post(`${api}/integrations`, integration)
    if (integration.integrationType === 'MOCK') {
      await post(`${api}/integrations/${integrationId}/integrationresponses`, {
        integrationResponseKey: '$default',
        responseTemplates: { $default: `{"text": "${'a'.repeat(50)}"}` },
        templateSelectionExpression: '\\$default',
      })
    }
    const { routeId } = await post(`${api}/routes`, {
      routeKey,
      target: `integrations/${integrationId}`,
      routeResponseSelectionExpression: '$default',
    })
    await post(`${api}/routes/${routeId}/routeresponses`, { routeResponseKey: '$default' })
  }
  await post(`${api}/stages`, { stageName: 'b', autoDeploy: true })
  return apiId as string
}
