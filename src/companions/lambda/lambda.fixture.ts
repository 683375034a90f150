import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  type CreateFunctionCommandInput,
  type InvokeCommandInput,
} from '@aws-sdk/client-lambda'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createAwsEndpoint } from '#aws/service.ts'
import { systemClock } from '#base/clock.ts'
import { silentLog, type Log } from '#base/log.ts'
import { startHttpServer } from '#http/server.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { createLambda, type Lambda, type LambdaOptions } from './service.ts'
import { zipOf } from './zip.fixture.ts'

export const ROLE = 'arn:aws:iam::000000000000:role/test'
export const ACCOUNT = '000000000000'
export const arnOf = (name: string): string => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`

export interface TestAnswer {
  readonly payload: unknown
  readonly error: string | undefined
  /** With LogType Tail. */
  readonly log: string
}

/** Lambda over a real store, server and SDK client, with a folder of its own. */
export interface TestLambda {
  readonly lambda: Lambda
  readonly client: LambdaClient
  readonly folder: string
  /** Creates a function from files; `index.handler` on Node.js unless told. */
  create(
    name: string,
    files: Readonly<Record<string, string>>,
    settings?: Partial<CreateFunctionCommandInput>,
  ): Promise<void>
  /** Writes files into a folder of this machine. */
  write(folder: string, files: Readonly<Record<string, string>>): Promise<string>
  invoke(name: string, event?: unknown, settings?: Partial<InvokeCommandInput>): Promise<TestAnswer>
  stop(): Promise<void>
}

export async function startLambda(
  options: Partial<LambdaOptions> = {},
  log: Log = silentLog,
): Promise<TestLambda> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-lambda-'))
  const store = options.store ?? openSqliteStore({ path: ':memory:', log })
  const lambda = await createLambda({
    store,
    clock: systemClock,
    log,
    cacheFolder: join(folder, 'cache'),
    allowLocalFolders: true,
    ...options,
  })
  const endpoint = createAwsEndpoint({
    services: [lambda.service],
    credentials: { kind: 'any' },
    defaultAccount: ACCOUNT,
    defaultRegion: 'us-east-1',
    clock: systemClock,
    log,
  })
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: (request) => endpoint.serve(request),
    log,
  })
  const client = new LambdaClient({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  return {
    lambda,
    client,
    folder,
    async create(name, files, settings = {}) {
      await client.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Runtime: 'nodejs20.x',
          Handler: 'index.handler',
          Role: ROLE,
          Code: { ZipFile: zipOf(files) },
          // Far away where no test means it: processes start slowly on a busy machine.
          Timeout: 60,
          ...settings,
        }),
      )
    },
    async write(name, files) {
      const root = join(folder, name)
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(root, path)), { recursive: true })
        await writeFile(join(root, path), text)
      }
      return root
    },
    async invoke(name, event = {}, settings = {}) {
      const answer = await client.send(
        new InvokeCommand({
          FunctionName: name,
          Payload: Buffer.from(JSON.stringify(event)),
          LogType: 'Tail',
          ...settings,
        }),
      )
      const text = Buffer.from(answer.Payload ?? []).toString()
      return {
        payload: text === '' ? undefined : JSON.parse(text),
        error: answer.FunctionError,
        log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
      }
    },
    async stop() {
      client.destroy()
      await server.stop({ graceMs: 0 })
      await lambda.stop()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
