import { AddPermissionCommand, DeleteFunctionCommand, RemovePermissionCommand } from '@aws-sdk/client-lambda'
import { expect, test } from 'bun:test'
import { createAwsEndpoint } from '#aws/service.ts'
import { defineService } from '#aws/define-service.ts'
import type { LambdaOperations } from '#aws/tables/lambda.ts'
import { AwsError } from '#aws/error.ts'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { createHttpClient } from '#http/client.ts'
import { startHttpServer } from '#http/server.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import type { ServiceInvocation } from './functions.ts'
import { RemoteFunctions } from './remote-functions.ts'
import { RetriedInvocations } from './retried-invocations.ts'
import { arnOf, startLambda } from './lambda.fixture.ts'

const call = (name: string, more: Partial<ServiceInvocation> = {}): ServiceInvocation => ({
  functionArn: arnOf(name),
  payload: Buffer.from('{"a":1}'),
  invocationType: 'RequestResponse',
  principal: 'apigateway.amazonaws.com',
  sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:abc/dev/GET/pets',
  sourceAccount: '000000000000',
  ...more,
})
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const problem = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error)
const ECHO = { 'index.js': 'exports.handler = async (event) => event' }

test('a warm invocation reads no store', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  let reads = 0
  const counted = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown
      if (name === 'read' || name === 'list' || name === 'readBlob') reads++
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  }) as Store
  const lambda = await startLambda({ store: counted })
  try {
    await lambda.create('warm', ECHO)
    await lambda.lambda.functions.invoke(call('warm'))
    reads = 0
    for (let i = 0; i < 5; i++)
      expect(text((await lambda.lambda.functions.invoke(call('warm'))).payload)).toBe('{"a":1}')
    expect(reads).toBe(0)
  } finally {
    await lambda.stop()
  }
})

test('services need permission where it is enforced, from the moment that it is given to the moment that it is taken', async () => {
  const lambda = await startLambda({ enforcePermissions: true })
  try {
    await lambda.create('guarded', ECHO)
    const denied = {
      name: 'LambdaInvokeError',
      reason: 'access-denied',
      message: expect.stringContaining('lambda add-permission'),
    }
    expect(await problem(lambda.lambda.functions.invoke(call('guarded')))).toMatchObject(denied)
    await lambda.client.send(
      new AddPermissionCommand({
        FunctionName: 'guarded',
        StatementId: 'api',
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: 'arn:aws:execute-api:us-east-1:000000000000:abc/*/GET/*',
      }),
    )
    expect(text((await lambda.lambda.functions.invoke(call('guarded'))).payload)).toBe('{"a":1}')
    expect(
      await problem(
        lambda.lambda.functions.invoke(
          call('guarded', { sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:abc/dev/POST/x' }),
        ),
      ),
    ).toMatchObject({ reason: 'access-denied' })
    // A role's right to invoke is a matter of its own policies.
    const asRole = call('guarded', { sourceArn: 'arn:x', roleArn: 'arn:aws:iam::000000000000:role/caller' })
    expect(text((await lambda.lambda.functions.invoke(asRole)).payload)).toBe('{"a":1}')
    // The owner of the function needs none.
    expect((await lambda.invoke('guarded', 1)).payload).toBe(1)
    await lambda.client.send(new RemovePermissionCommand({ FunctionName: 'guarded', StatementId: 'api' }))
    expect(await problem(lambda.lambda.functions.invoke(call('guarded')))).toMatchObject({
      reason: 'access-denied',
    })
  } finally {
    await lambda.stop()
  }
})

test('functions that are not here are told from those that cannot be', async () => {
  const lambda = await startLambda()
  try {
    await lambda.create('here', ECHO)
    for (const functionArn of [
      arnOf('nowhere'),
      `${arnOf('here')}:7`,
      'here',
      'arn:aws:sqs:us-east-1:000000000000:q',
    ]) {
      expect(await problem(lambda.lambda.functions.invoke(call('', { functionArn })))).toMatchObject({
        reason: 'not-found',
      })
    }
    expect(
      text(
        (await lambda.lambda.functions.invoke(call('', { functionArn: `${arnOf('here')}:$LATEST` }))).payload,
      ),
    ).toBe('{"a":1}')
    // Looked for, and not run.
    const dry = { invocationType: 'DryRun' } as const
    expect(await lambda.lambda.functions.invoke(call('here', dry))).toEqual({ payload: new Uint8Array(0) })
    expect(await problem(lambda.lambda.functions.invoke(call('nowhere', dry)))).toMatchObject({
      reason: 'not-found',
    })
    await lambda.client.send(new DeleteFunctionCommand({ FunctionName: 'here' }))
    expect(await problem(lambda.lambda.functions.invoke(call('here')))).toMatchObject({ reason: 'not-found' })
  } finally {
    await lambda.stop()
  }
})

test('a store that forgets everything takes the functions with it', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const lambda = await startLambda({ store })
  try {
    await lambda.create('forgotten', ECHO)
    await lambda.lambda.functions.invoke(call('forgotten'))
    await store.clear()
    expect(await problem(lambda.lambda.functions.invoke(call('forgotten')))).toMatchObject({
      reason: 'not-found',
    })
    while (lambda.lambda.processes() > 0) await Bun.sleep(5)
  } finally {
    await lambda.stop()
  }
})

test('functions outlive a restart, their unpacked code or not', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const open = new Proxy(store, {
    get(target, name) {
      if (name === 'close') return () => Promise.resolve()
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  }) as Store
  const first = await startLambda({ store: open })
  await first.create('durable', ECHO)
  await first.stop() // removes its folder, cache included
  const second = await startLambda({ store: open })
  try {
    expect((await second.invoke('durable', [1])).payload).toEqual([1])
  } finally {
    await second.stop()
    await store.close()
  }
})

test('functions unknown here are invoked at another Lambda, signed', async () => {
  const SECRET = 'remote-secret'
  const seen: string[] = []
  const other = createAwsEndpoint({
    services: [
      defineService<LambdaOperations>('lambda', {
        Invoke: (input, { account, region }) => {
          seen.push(
            `${account} ${region} ${input.FunctionName} ${input.InvocationType} ${input.ClientContext}`,
          )
          if (input.FunctionName.endsWith(':none'))
            throw new AwsError('ResourceNotFoundException', 'none there', 404)
          if (input.FunctionName.endsWith(':busy'))
            throw new AwsError('TooManyRequestsException', 'busy there', 429)
          if (input.FunctionName.endsWith(':denied'))
            throw new AwsError('AccessDeniedException', 'denied there', 403)
          const failed = input.FunctionName.endsWith(':fails')
          return { StatusCode: 200, FunctionError: failed ? 'Unhandled' : undefined, Payload: input.Payload }
        },
      }),
    ],
    credentials: {
      kind: 'keys',
      find: (id) => (id === 'AKIDREMOTE' ? { secret: SECRET, account: '222233334444' } : undefined),
    },
    defaultAccount: '000000000000',
    defaultRegion: 'us-east-1',
    clock: systemClock,
    log: silentLog,
  })
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: (request) => other.serve(request),
  })
  const endpoint = `http://127.0.0.1:${server.port}`
  const lambda = await startLambda({
    forwardTo: {
      endpoint,
      keys: ({ region, account, roleArn }) => {
        if (roleArn !== undefined) throw new Error(`${roleArn} of ${account} in ${region}`)
        return { accessKeyId: 'AKIDREMOTE', secretAccessKey: SECRET }
      },
    },
  })
  const wrongKeys = await startLambda({
    forwardTo: { endpoint, keys: () => ({ accessKeyId: 'AKIDREMOTE', secretAccessKey: 'x' }) },
  })
  try {
    await lambda.create('local', ECHO)
    const functionArn = 'arn:aws:lambda:eu-west-1:222233334444:function:far'
    expect(await lambda.lambda.functions.invoke(call('', { functionArn }))).toEqual({
      payload: Buffer.from('{"a":1}'),
      functionError: undefined,
    })
    expect(
      await lambda.lambda.functions.invoke(call('', { functionArn: functionArn.replace('far', 'fails') })),
    ).toMatchObject({ functionError: 'Unhandled' })
    expect((await lambda.lambda.functions.invoke(call('local'))).payload.length).toBe(7)
    expect(seen).toEqual([
      `222233334444 eu-west-1 ${functionArn} RequestResponse undefined`,
      expect.any(String),
    ])
    for (const [name, reason] of [
      ['none', 'not-found'],
      ['busy', 'throttled'],
      ['denied', 'access-denied'],
    ] as const) {
      expect(await problem(lambda.lambda.functions.invoke(call(name)))).toMatchObject({
        reason,
        message: expect.stringContaining(`${name} there`),
      })
    }
    expect(await problem(wrongKeys.lambda.functions.invoke(call('far')))).toMatchObject({
      reason: 'access-denied',
    })
    const roleArn = 'arn:aws:iam::222233334444:role/caller'
    expect(await problem(lambda.lambda.functions.invoke(call('', { functionArn, roleArn })))).toMatchObject({
      reason: 'role-not-assumed',
      message: `no keys of ${roleArn}: ${roleArn} of 222233334444 in eu-west-1`,
    })
    const caller = { arn: 'arn:aws:iam::222233334444:user/ann', account: '222233334444', refusal: undefined }
    expect(await problem(lambda.lambda.functions.invoke(call('', { functionArn, caller })))).toMatchObject({
      reason: 'access-denied',
      message: expect.stringContaining(`another Lambda does not know ${caller.arn}`),
    })
    // Lambda's own API does the same.
    expect((await lambda.invoke('distant', { b: 2 })).payload).toEqual({ b: 2 })
    expect(await problem(lambda.invoke('none'))).toMatchObject({ name: 'ResourceNotFoundException' })
    await server.stop({ graceMs: 0 })
    expect(await problem(lambda.lambda.functions.invoke(call('far')))).toMatchObject({ reason: 'failed' })
  } finally {
    await lambda.stop()
    await wrongKeys.stop()
    await server.stop({ graceMs: 0 })
  }
})

test('an endpoint that is none is refused at the start', () => {
  const keys = () => ({ accessKeyId: 'a', secretAccessKey: 'b' })
  const client = createHttpClient()
  for (const endpoint of ['localhost:9001', '', 'ftp://lambda']) {
    expect(() => new RemoteFunctions({ endpoint, keys, client, clock: systemClock })).toThrow(
      'expected a URL',
    )
  }
})

test('a failing asynchronous invocation is run three times in all', async () => {
  const retried = new RetriedInvocations(silentLog, [5, 5])
  let runs = 0
  await new Promise<void>((resolve) => {
    retried.start('arn', async () => {
      if (++runs === 3) setTimeout(resolve, 30)
      return { payload: new Uint8Array(0), functionError: 'Unhandled', requestId: 'r' }
    })
  })
  expect(runs).toBe(3)
  retried.stop()
})
