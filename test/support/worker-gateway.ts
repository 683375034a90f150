import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { startGatewayProcess, type GatewayProcess, type GatewayProcessOptions } from './gateway-process.ts'

/** A gateway whose APIs are served by workers. */
export interface WorkerGateway extends GatewayProcess {
  readonly caller: AwsCaller
  /** Process ids of the workers that began to serve, in that order. */
  workerPids(): number[]
  /** Resolves once so many have begun to serve since the start. */
  haveServed(count: number): Promise<void>
  /** Imports a document whose `GET /` (or other method, as OpenAPI calls it) is this integration, into a new API or `apiId`, and deploys it to `dev`. */
  deploy(integration: object, apiId?: string, method?: string): Promise<string>
  /** Address of the API's `GET /`. */
  urlOf(apiId: string): string
}

export async function startWorkerGateway(
  workers: number,
  words: readonly string[] = [],
  process: Pick<GatewayProcessOptions, 'environment' | 'within'> = {},
): Promise<WorkerGateway> {
  const gateway = await startGatewayProcess({
    ...process,
    arguments: ['--workers', String(workers), '--log-level', 'debug', ...words],
  })
  const caller = createAwsCaller({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test-secret' },
  })
  const workerPids = (): number[] =>
    [...gateway.errors().matchAll(/worker serves worker=\d+ pid=(\d+)/g)].map(([, pid]) => Number(pid))
  return {
    ...gateway,
    caller,
    workerPids,
    async haveServed(count) {
      while (workerPids().length < count) await Bun.sleep(2)
    },
    async deploy(integration, apiId, method = 'get') {
      const document = {
        openapi: '3.0.1',
        info: { title: 'workers', version: '1' },
        paths: {
          '/': {
            [method]: {
              responses: { 200: { description: 'ok' } },
              'x-amazon-apigateway-integration': integration,
            },
          },
        },
      }
      const { id } = (await (apiId === undefined
        ? caller.call('apigateway', 'POST', '/restapis?mode=import', document)
        : caller.call('apigateway', 'PUT', `/restapis/${apiId}?mode=overwrite`, document))) as { id: string }
      await caller.call('apigateway', 'POST', `/restapis/${id}/deployments`, { stageName: 'dev' })
      return id
    },
    urlOf: (apiId) => `${gateway.url}/_aws/execute-api/${apiId}/dev/`,
  }
}

/** An integration that answers with a text. */
export function mock(text: string): object {
  return {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
    responses: { default: { statusCode: '200', responseTemplates: { 'application/json': text } } },
  }
}

/** Asks on a connection of its own, so that any worker may be met. */
export function askAnew(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(url, { keepalive: false, headers: { ...headers, Connection: 'close' } })
}
