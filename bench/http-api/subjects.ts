import { CreateFunctionCommand } from '@aws-sdk/client-lambda'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { zip } from '#base/zip.ts'
import { nginxPath, startBackend, startProxy } from '../peers/nginx.ts'
import { HELLO, peerInstalled, startPeer } from '../peers/serverless-offline.ts'
import { ask } from '../support/ask.ts'
import type { Subject } from '../support/comparisons.ts'
import { startGateway, type RunningGateway } from '../support/gateway.ts'
import { loadToolFound } from '../support/load.ts'
import { signIn, type SignedIn } from '../support/signed-in.ts'
import type { SubjectName } from './cases.ts'

export interface RunningSubjects {
  readonly subjects: ReadonlyMap<SubjectName, Subject>
  readonly stop: () => Promise<void>
}

export function missingTools(): string | undefined {
  return loadToolFound() && nginxPath() !== null ? undefined : 'needs wrk and nginx'
}

/** Deploys an HTTP API, and starts those beside it. @throws Error when one does not answer as it should */
export async function startSubjects(wanted: ReadonlySet<SubjectName>): Promise<RunningSubjects> {
  const servers: { stop(): Promise<void> }[] = []
  const stop = async (): Promise<void> => {
    for (const server of servers.toReversed()) await server.stop()
  }
  try {
    const backend = await startBackend()
    servers.push(backend)
    const nginx = await startProxy(backend.port, { log: true })
    servers.push(nginx)
    const gateway = await startGateway()
    servers.push(gateway)
    const signedIn = await signIn(gateway)
    const id = await deploy(gateway, `http://127.0.0.1:${backend.port}/`, signedIn)
    const headers = [`Host: ${id}.execute-api.us-east-1.localhost`]
    const subjects = new Map<SubjectName, Subject>([
      ['nginx-log', { pid: nginx.pid, url: `http://127.0.0.1:${nginx.port}/`, headers: [] }],
      ['proxied', { pid: gateway.pid, url: `${gateway.url}/proxied`, headers }],
      [
        'jwt',
        {
          pid: gateway.pid,
          url: `${gateway.url}/guarded`,
          headers: [...headers, `Authorization: Bearer ${signedIn.idToken}`],
        },
      ],
      ['lambda', { pid: gateway.pid, url: `${gateway.url}/hello`, headers }],
    ])
    if (wanted.has('serverless-offline')) {
      if (!peerInstalled()) throw new Error('npm run bench -- lambda --install-peers')
      const peer = await startPeer()
      servers.push(peer)
      subjects.set('serverless-offline', { pid: peer.pid, url: peer.url, headers: [] })
    }
    for (const [name, subject] of subjects) {
      const { status } = await ask(subject.url, { headers: subject.headers, body: undefined })
      if (status !== 200) throw new Error(`${name} answers with status ${status}`)
    }
    subjects.set('preflight', {
      pid: gateway.pid,
      url: `${gateway.url}/proxied`,
      headers: [...headers, 'Origin: https://www.example.com', 'Access-Control-Request-Method: GET'],
      lua: 'wrk.method = "OPTIONS"',
    })
    return { subjects, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** An HTTP API with a route for each subject, in the stage `$default`. @returns its id */
async function deploy(gateway: RunningGateway, uri: string, { poolId, clientId }: SignedIn): Promise<string> {
  const caller = createAwsCaller({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  })
  const { apiId } = await call(caller, '/v2/apis', {
    name: 'bench',
    protocolType: 'HTTP',
    corsConfiguration: {
      allowOrigins: ['https://www.example.com'],
      allowMethods: ['GET', 'POST'],
      allowHeaders: ['authorization'],
      maxAge: 300,
    },
  })
  const { FunctionArn } = await gateway.lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'hello',
      Runtime: 'nodejs20.x',
      Handler: 'index.hello',
      Role: 'arn:aws:iam::000000000000:role/bench',
      Code: { ZipFile: zip([{ name: 'index.js', bytes: Buffer.from(HELLO), mode: 0o644 }]) },
    }),
  )
  const api = `/v2/apis/${apiId}`
  const { authorizerId } = await call(caller, `${api}/authorizers`, {
    name: 'pool',
    authorizerType: 'JWT',
    identitySource: ['$request.header.Authorization'],
    jwtConfiguration: {
      audience: [clientId],
      issuer: `https://cognito-idp.us-east-1.amazonaws.com/${poolId}`,
    },
  })
  const proxy = { integrationType: 'HTTP_PROXY', integrationMethod: 'ANY', integrationUri: uri }
  const guards: Readonly<Record<string, object>> = {
    'GET /guarded': { authorizationType: 'JWT', authorizerId },
  }
  const integrations = {
    'GET /proxied': proxy,
    'GET /guarded': proxy,
    'GET /hello': { integrationType: 'AWS_PROXY', integrationUri: FunctionArn },
  }
  for (const [routeKey, integration] of Object.entries(integrations)) {
    const payloadFormatVersion = integration.integrationType === 'AWS_PROXY' ? '2.0' : '1.0'
    const { integrationId } = await call(caller, `${api}/integrations`, {
      ...integration,
      payloadFormatVersion,
    })
    const target = `integrations/${integrationId}`
    await call(caller, `${api}/routes`, { routeKey, target, ...guards[routeKey] })
  }
  await call(caller, `${api}/stages`, { stageName: '$default', autoDeploy: true })
  return apiId as string
}

async function call(caller: AwsCaller, path: string, body: object): Promise<Record<string, string>> {
  return (await caller.call('apigateway', 'POST', path, body)) as Record<string, string>
}
