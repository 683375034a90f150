import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  InvokeCommand,
  ListFunctionsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { receiveCode } from './function-code.ts'
import { arnOf, ROLE, startLambda, type TestLambda } from './lambda.fixture.ts'
import { testZip, zipOf } from './zip.fixture.ts'

// Lambda's API as the SDK sees it. Shapes and messages as recorded on AWS.

let lambda: TestLambda
beforeAll(async () => {
  lambda = await startLambda()
  await lambda.create('kept', { 'index.js': 'exports.handler = async (event) => event' })
})
afterAll(() => lambda.stop())

const send = (command: object): Promise<Record<string, unknown>> =>
  lambda.client.send(command as never) as Promise<object> as Promise<Record<string, unknown>>

const ZIP = zipOf({ 'index.js': 'exports.handler = async () => 1' })
const MINIMAL = {
  FunctionName: 'new',
  Runtime: 'nodejs22.x',
  Handler: 'index.handler',
  Role: ROLE,
  Code: { ZipFile: ZIP },
} as const
const create = (more: object): CreateFunctionCommand => new CreateFunctionCommand({ ...MINIMAL, ...more })
const permit = (more: object): AddPermissionCommand =>
  new AddPermissionCommand({
    FunctionName: 'kept',
    StatementId: 's',
    Action: 'lambda:InvokeFunction',
    Principal: 'apigateway.amazonaws.com',
    ...more,
  })

test('a function from its creation to its end', async () => {
  const zip = zipOf({ 'index.js': 'exports.handler = async () => 2' })
  const created = await send(create({ FunctionName: 'life' }))
  // Bun's toMatchObject writes its matchers into what it looks at, so this is taken first.
  const RevisionId = created['RevisionId'] as string
  const CodeSha256 = created['CodeSha256']
  expect(created).toMatchObject({
    $metadata: expect.objectContaining({ httpStatusCode: 201 }),
    FunctionName: 'life',
    FunctionArn: arnOf('life'),
    Runtime: 'nodejs22.x',
    Role: ROLE,
    Handler: 'index.handler',
    CodeSize: ZIP.length,
    CodeSha256: createHash('sha256').update(ZIP).digest('base64'),
    Description: '',
    Timeout: 3,
    MemorySize: 128,
    LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
    Version: '$LATEST',
    TracingConfig: { Mode: 'PassThrough' },
    RevisionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/life' },
  })
  expect(created).not.toHaveProperty('Environment')
  await waitUntilFunctionActiveV2({ client: lambda.client, maxWaitTime: 5 }, { FunctionName: 'life' })

  const found = await send(new GetFunctionCommand({ FunctionName: arnOf('life') }))
  expect(found).toMatchObject({
    Configuration: { RevisionId },
    Code: { RepositoryType: 'S3' },
  })
  expect(
    await send(new GetFunctionConfigurationCommand({ FunctionName: 'life', Qualifier: '$LATEST' })),
  ).toMatchObject({
    FunctionArn: `${arnOf('life')}:$LATEST`,
  })
  expect(await send(new ListVersionsByFunctionCommand({ FunctionName: 'life' }))).toMatchObject({
    Versions: [{ Version: '$LATEST', FunctionArn: `${arnOf('life')}:$LATEST` }],
  })

  const configured = await send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: 'life',
      RevisionId,
      Description: 'changed',
      Timeout: 900,
      Environment: { Variables: { A: 'b' } },
      LoggingConfig: { LogFormat: 'JSON' },
    }),
  )
  expect(configured).toMatchObject({
    Description: 'changed',
    Timeout: 900,
    MemorySize: 128,
    Environment: { Variables: { A: 'b' } },
    LoggingConfig: {
      ApplicationLogLevel: 'INFO',
      LogFormat: 'JSON',
      LogGroup: '/aws/lambda/life',
      SystemLogLevel: 'INFO',
    },
    CodeSha256,
  })
  expect(configured['RevisionId']).not.toBe(RevisionId)

  const dry = await send(new UpdateFunctionCodeCommand({ FunctionName: 'life', ZipFile: zip, DryRun: true }))
  expect(dry['CodeSize']).toBe(zip.length)
  expect((await lambda.invoke('life')).payload).toBe(1)
  expect(
    await send(
      new UpdateFunctionCodeCommand({ FunctionName: 'life', ZipFile: zip, Architectures: ['arm64'] }),
    ),
  ).toMatchObject({
    CodeSha256: createHash('sha256').update(zip).digest('base64'),
    Architectures: ['arm64'],
    Description: 'changed',
  })
  await waitUntilFunctionUpdatedV2({ client: lambda.client, maxWaitTime: 5 }, { FunctionName: 'life' })
  expect((await lambda.invoke('life')).payload).toBe(2)

  expect(await send(new DeleteFunctionCommand({ FunctionName: 'life' }))).toMatchObject({
    $metadata: { httpStatusCode: 204 },
  })
  expect(
    await send(new GetFunctionCommand({ FunctionName: 'life' })).catch((problem: unknown) => problem),
  ).toMatchObject({
    name: 'ResourceNotFoundException',
  })
  // The same name is free again, with the same code.
  await send(create({ FunctionName: 'life', Code: { ZipFile: zip } }))
  expect((await lambda.invoke('life')).payload).toBe(2)
})

test('names in every form reach the function', async () => {
  for (const name of [
    'kept',
    'kept:$LATEST',
    '000000000000:function:kept',
    'function:kept',
    arnOf('kept'),
    `${arnOf('kept')}:$LATEST`,
  ]) {
    expect((await lambda.invoke(name, { name })).payload).toEqual({ name })
  }
  expect((await lambda.invoke('kept', 1, { Qualifier: '$LATEST' })).payload).toBe(1)
})

test('lists in pages', async () => {
  for (const name of ['page-a', 'page-b', 'page-c']) await send(create({ FunctionName: name }))
  const names: string[] = []
  let Marker: string | undefined
  do {
    const page = (await send(new ListFunctionsCommand({ MaxItems: 2, Marker }))) as {
      Functions: { FunctionName: string }[]
      NextMarker?: string
    }
    expect(page.Functions.length).toBeLessThanOrEqual(2)
    names.push(...page.Functions.map((each) => each.FunctionName))
    Marker = page.NextMarker
  } while (Marker !== undefined)
  expect(names.filter((name) => name.startsWith('page-'))).toEqual(['page-a', 'page-b', 'page-c'])
})

test('tags', async () => {
  await send(create({ FunctionName: 'tagged', Tags: { a: '1' } }))
  const Resource = arnOf('tagged')
  await send(new TagResourceCommand({ Resource, Tags: { b: '2' } }))
  await send(new UntagResourceCommand({ Resource, TagKeys: ['a'] }))
  expect(await send(new ListTagsCommand({ Resource }))).toMatchObject({ Tags: { b: '2' } })
  expect(await send(new GetFunctionCommand({ FunctionName: 'tagged' }))).toMatchObject({ Tags: { b: '2' } })
})

test('permissions are added, read and removed', async () => {
  await lambda.create('permitted', { 'index.js': '' })
  const FunctionName = 'permitted'
  const arn = arnOf(FunctionName)
  const cases = [
    [
      {
        StatementId: 'api',
        SourceArn: 'arn:aws:execute-api:us-east-1:000000000000:abc/*/GET/pets',
        SourceAccount: '000000000000',
      },
      `{"Sid":"api","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"${arn}","Condition":{"StringEquals":{"AWS:SourceAccount":"000000000000"},"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:us-east-1:000000000000:abc/*/GET/pets"}}}`,
    ],
    [
      { StatementId: 'account', Principal: '111122223333' },
      `{"Sid":"account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"lambda:InvokeFunction","Resource":"${arn}"}`,
    ],
    [
      { StatementId: 'all', Principal: '*' },
      `{"Sid":"all","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"${arn}"}`,
    ],
  ] as const
  for (const [input, statement] of cases) {
    expect(await send(permit({ FunctionName, ...input }))).toMatchObject({ Statement: statement })
  }
  const policy = await send(new GetPolicyCommand({ FunctionName }))
  expect(policy['Policy']).toBe(
    `{"Version":"2012-10-17","Id":"default","Statement":[${cases.map(([, text]) => text).join(',')}]}`,
  )
  for (const [{ StatementId }] of cases) {
    expect(await send(new RemovePermissionCommand({ FunctionName, StatementId }))).toMatchObject({
      $metadata: { httpStatusCode: 204 },
    })
  }
  expect(
    await send(new GetPolicyCommand({ FunctionName })).catch((problem: unknown) => problem),
  ).toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The resource you requested does not exist.',
  })
})

test('invocation types', async () => {
  expect(await send(new InvokeCommand({ FunctionName: 'kept', InvocationType: 'DryRun' }))).toMatchObject({
    StatusCode: 204,
  })
  expect(await send(new InvokeCommand({ FunctionName: 'kept', InvocationType: 'Event' }))).toMatchObject({
    StatusCode: 202,
  })
  const answer = await send(new InvokeCommand({ FunctionName: 'kept' }))
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' })
  expect(answer).not.toHaveProperty('LogResult')
  expect(Buffer.from(answer['Payload'] as Uint8Array).toString()).toBe('{}')
})

const LONG = 'a'.repeat(65)
const MISSING = arnOf('missing')
const symlink = (target: string): Buffer => testZip([{ name: 'index.js', data: target, mode: 0o120_777 }])
const UNZIP = 'Could not unzip uploaded file. Please check your file, then try to upload again.'
const badZip = (ZipFile: Uint8Array): CreateFunctionCommand => create({ Code: { ZipFile } })

const ERRORS: readonly (readonly [
  what: string,
  command: () => object,
  code: string,
  message: string | RegExp,
])[] = [
  [
    'get unknown',
    () => new GetFunctionCommand({ FunctionName: 'missing' }),
    'ResourceNotFoundException',
    `Function not found: ${MISSING}`,
  ],
  [
    'get unknown, qualified',
    () => new GetFunctionCommand({ FunctionName: 'missing', Qualifier: '$LATEST' }),
    'ResourceNotFoundException',
    `Function not found: ${MISSING}:$LATEST`,
  ],
  [
    'get unknown version',
    () => new GetFunctionCommand({ FunctionName: 'kept', Qualifier: '7' }),
    'ResourceNotFoundException',
    `Function not found: ${arnOf('kept')}:7`,
  ],
  [
    'qualifiers that differ',
    () => new GetFunctionCommand({ FunctionName: `${arnOf('kept')}:$LATEST`, Qualifier: '1' }),
    'InvalidParameterValueException',
    'The derived qualifier from the function name does not match the specified qualifier.',
  ],
  [
    'another region',
    () => new GetFunctionCommand({ FunctionName: arnOf('kept').replace('us-east-1', 'eu-west-1') }),
    'ResourceNotFoundException',
    "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
  ],
  [
    'another account',
    () => new GetFunctionCommand({ FunctionName: arnOf('kept').replace('000000000000', '111122223333') }),
    'AccessDeniedException',
    /^User: arn:aws:iam::000000000000:root is not authorized to perform: lambda:GetFunction on resource: /,
  ],
  [
    'invoke in another account',
    () => new InvokeCommand({ FunctionName: arnOf('kept').replace('000000000000', '111122223333') }),
    'AccessDeniedException',
    /lambda:InvokeFunction/,
  ],
  [
    'delete unknown',
    () => new DeleteFunctionCommand({ FunctionName: 'missing' }),
    'ResourceNotFoundException',
    `Function not found: ${MISSING}`,
  ],
  [
    'delete $LATEST',
    () => new DeleteFunctionCommand({ FunctionName: 'kept', Qualifier: '$LATEST' }),
    'InvalidParameterValueException',
    '$LATEST version cannot be deleted without deleting the function.',
  ],
  [
    'delete an alias',
    () => new DeleteFunctionCommand({ FunctionName: 'kept', Qualifier: 'live' }),
    'InvalidParameterValueException',
    'Deletion of aliases is not currently supported.',
  ],
  [
    'create again',
    () => create({ FunctionName: 'kept' }),
    'ResourceConflictException',
    'Function already exist: kept',
  ],
  [
    'create with a long name',
    () => create({ FunctionName: LONG }),
    'InvalidParameterValueException',
    `1 validation error detected: Value '${LONG}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
  ],
  [
    'unknown runtime',
    () => create({ Runtime: 'cobol' }),
    'InvalidParameterValueException',
    /^Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[.*\] or be a valid ARN$/,
  ],
  [
    'retired runtime',
    () => create({ Runtime: 'nodejs12.x' }),
    'InvalidParameterValueException',
    'The runtime parameter of nodejs12.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.',
  ],
  [
    'no runtime',
    () => create({ Runtime: undefined }),
    'InvalidParameterValueException',
    /^Runtime is mandatory/,
  ],
  [
    'no handler',
    () => create({ Handler: undefined }),
    'InvalidParameterValueException',
    /^Handler is mandatory/,
  ],
  [
    'bad role',
    () => create({ Role: 'r1' }),
    'ValidationException',
    /^1 validation error detected: Value 'r1' at 'role' failed/,
  ],
  [
    'long timeout',
    () => create({ Timeout: 901 }),
    'ValidationException',
    /'901' at 'timeout'.*less than or equal to 900/,
  ],
  [
    'an image',
    () => create({ PackageType: 'Image', Code: { ImageUri: 'x' } }),
    'InvalidParameterValueException',
    /PackageType Image is not supported/,
  ],
  [
    'layers',
    () => create({ Layers: ['arn:aws:lambda:us-east-1:000000000000:layer:l:1'] }),
    'InvalidParameterValueException',
    /Layers are not supported/,
  ],
  [
    'reserved variables',
    () => create({ Environment: { Variables: { AWS_REGION: 'x', FINE: 'y' } } }),
    'InvalidParameterValueException',
    /Reserved keys used in this request: AWS_REGION$/,
  ],
  [
    'many variables',
    () => create({ Environment: { Variables: { BIG: 'x'.repeat(4096) } } }),
    'InvalidParameterValueException',
    /exceeded the 4KB limit. String measured: \{"BIG":"x+"\}$/,
  ],
  [
    'no code',
    () => create({ Code: {} }),
    'InvalidParameterValueException',
    'Please provide a source for function code.',
  ],
  [
    'empty zip',
    () => badZip(new Uint8Array(0)),
    'InvalidParameterValueException',
    'Uploaded file must be a non-empty zip',
  ],
  [
    'zip without files',
    () => badZip(testZip([])),
    'InvalidParameterValueException',
    'Uploaded file must be a non-empty zip',
  ],
  [
    'zip that is none',
    () => badZip(Buffer.from('zipfile not really')),
    'InvalidParameterValueException',
    UNZIP,
  ],
  ['zip cut short', () => badZip(ZIP.subarray(0, ZIP.length - 30)), 'InvalidParameterValueException', UNZIP],
  ['zip that climbs', () => badZip(zipOf({ '../escaped.js': 'x' })), 'InvalidParameterValueException', UNZIP],
  [
    'zip with an absolute name',
    () => badZip(zipOf({ '/tmp/escaped.js': 'x' })),
    'InvalidParameterValueException',
    UNZIP,
  ],
  [
    'zip with a drive letter',
    () => badZip(zipOf({ 'C:\\escaped.js': 'x' })),
    'InvalidParameterValueException',
    UNZIP,
  ],
  [
    'zip with a link outside',
    () => badZip(symlink('../../../../etc/passwd')),
    'InvalidParameterValueException',
    UNZIP,
  ],
  [
    'zip with an absolute link',
    () => badZip(symlink('/etc/passwd')),
    'InvalidParameterValueException',
    UNZIP,
  ],
  [
    'zip bomb',
    () => badZip(testZip([{ name: 'a', data: 'x', claimedBytes: 300_000_000 }])),
    'InvalidParameterValueException',
    'Unzipped size must be smaller than 262144000 bytes',
  ],
  [
    'zip bomb that lies',
    () => badZip(testZip([{ name: 'a', data: Buffer.alloc(1_000_000), claimedBytes: 10 }])),
    'InvalidParameterValueException',
    UNZIP,
  ],
  [
    'zip with a wrong checksum',
    () => badZip(testZip([{ name: 'a', data: 'x', claimedCrc: 1 }])),
    'InvalidParameterValueException',
    UNZIP,
  ],
  [
    'encrypted zip',
    () => badZip(testZip([{ name: 'a', data: 'x', flags: 0x801 }])),
    'InvalidParameterValueException',
    UNZIP,
  ],
  [
    'zip of another compression',
    () => badZip(testZip([{ name: 'a', data: 'x', method: 12 }])),
    'InvalidParameterValueException',
    UNZIP,
  ],
  [
    'code in S3',
    () => create({ Code: { S3Bucket: 'b', S3Key: 'k' } }),
    'InvalidParameterValueException',
    /reads no code from S3/,
  ],
  [
    'a folder by relative path',
    () => create({ Code: { S3Bucket: 'hot-reload', S3Key: 'x' } }),
    'InvalidParameterValueException',
    /found "x", expected the absolute path/,
  ],
  [
    'a folder that is not there',
    () => create({ Code: { S3Bucket: 'hot-reload', S3Key: '/no/such/folder' } }),
    'InvalidParameterValueException',
    'S3Key: /no/such/folder is not there',
  ],
  [
    'zip and S3',
    () => create({ Code: { ZipFile: ZIP, S3Bucket: 'b' } }),
    'InvalidParameterValueException',
    'Please do not provide other FunctionCode parameters when providing a ZipFile.',
  ],
  [
    'publish',
    () => create({ Publish: true }),
    'InvalidParameterValueException',
    /versions are not supported/,
  ],
  [
    'update unknown code',
    () => new UpdateFunctionCodeCommand({ FunctionName: 'missing', ZipFile: ZIP }),
    'ResourceNotFoundException',
    `Function not found: ${MISSING}`,
  ],
  [
    'update with a bad zip',
    () => new UpdateFunctionCodeCommand({ FunctionName: 'kept', ZipFile: Buffer.from('x') }),
    'InvalidParameterValueException',
    UNZIP,
  ],
  [
    'update another revision',
    () => new UpdateFunctionConfigurationCommand({ FunctionName: 'kept', RevisionId: 'x' }),
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
  ],
  [
    'update unknown configuration',
    () => new UpdateFunctionConfigurationCommand({ FunctionName: 'missing' }),
    'ResourceNotFoundException',
    `Function not found: ${MISSING}`,
  ],
  [
    'invoke unknown',
    () => new InvokeCommand({ FunctionName: 'missing' }),
    'ResourceNotFoundException',
    `Function not found: ${MISSING}:$LATEST`,
  ],
  [
    'invoke unknown version',
    () => new InvokeCommand({ FunctionName: 'kept', Qualifier: '7' }),
    'ResourceNotFoundException',
    `Function not found: ${arnOf('kept')}:7`,
  ],
  [
    'dry run of unknown',
    () => new InvokeCommand({ FunctionName: 'missing', InvocationType: 'DryRun' }),
    'ResourceNotFoundException',
    `Function not found: ${MISSING}:$LATEST`,
  ],
  [
    'invoke with a bad payload',
    () => new InvokeCommand({ FunctionName: 'kept', Payload: Buffer.from('{') }),
    'InvalidRequestContentException',
    /^Could not parse request body into json: /,
  ],
  [
    'invoke with bad UTF-8',
    () => new InvokeCommand({ FunctionName: 'kept', Payload: Buffer.from([0x22, 0x87, 0x22]) }),
    'InvalidRequestContentException',
    /^Could not parse request body into json: /,
  ],
  [
    'invoke with 6 MB',
    () => new InvokeCommand({ FunctionName: 'kept', Payload: Buffer.alloc(6_291_457, 0x20) }),
    'RequestTooLargeException',
    'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
  ],
  [
    'event of 1 MB',
    () =>
      new InvokeCommand({
        FunctionName: 'kept',
        InvocationType: 'Event',
        Payload: Buffer.alloc(1_048_577, 0x20),
      }),
    'RequestTooLargeException',
    'Request must be smaller than 1048576 bytes for the InvokeFunction operation',
  ],
  [
    'bad client context',
    () => new InvokeCommand({ FunctionName: 'kept', ClientContext: 'eA==' }),
    'InvalidRequestContentException',
    /^Client context must be/,
  ],
  [
    'permission for unknown',
    () => permit({ FunctionName: 'missing' }),
    'ResourceNotFoundException',
    `Function not found: ${MISSING}`,
  ],
  [
    'permission for $LATEST',
    () => permit({ Qualifier: '$LATEST' }),
    'InvalidParameterValueException',
    'We currently do not support adding policies for $LATEST.',
  ],
  [
    'permission for a version',
    () => permit({ Qualifier: '42' }),
    'ResourceNotFoundException',
    `Function not found: ${arnOf('kept')}:42`,
  ],
  [
    'permission with a bad id',
    () => permit({ StatementId: 'example.com' }),
    'ValidationException',
    "1 validation error detected: Value 'example.com' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
  ],
  [
    'permission for nobody',
    () => permit({ Principal: 'nobody' }),
    'InvalidParameterValueException',
    'The provided principal was invalid. Please check the principal and try again.',
  ],
  [
    'policy of unknown',
    () => new GetPolicyCommand({ FunctionName: 'missing' }),
    'ResourceNotFoundException',
    'The resource you requested does not exist.',
  ],
  [
    'remove from unknown',
    () => new RemovePermissionCommand({ FunctionName: 'missing', StatementId: 's' }),
    'ResourceNotFoundException',
    `No policy found for: ${MISSING}`,
  ],
  [
    'remove without policy',
    () => new RemovePermissionCommand({ FunctionName: 'kept', StatementId: 's' }),
    'ResourceNotFoundException',
    'No policy is associated with the given resource.',
  ],
]

for (const [what, command, code, message] of ERRORS) {
  test.concurrent(`refused: ${what}`, async () => {
    const problem = (await send(command()).catch((error: unknown) => error)) as Error
    expect({ code: problem.name, message: problem.message }).toEqual({
      code,
      message: typeof message === 'string' ? message : (expect.stringMatching(message) as never),
    })
  })
}

test('a zip of more than 50 MB', async () => {
  const received = receiveCode({ ZipFile: new Uint8Array(52_428_801) }, undefined as never, false)
  expect(await received.catch((error: unknown) => error)).toMatchObject({
    code: 'RequestEntityTooLargeException',
    message: 'Zipped size must be smaller than 52428800 bytes',
    status: 413,
  })
})

test('permission ids are unique, removed ones must be there', async () => {
  await lambda.create('ids', { 'index.js': '' })
  await send(permit({ FunctionName: 'ids' }))
  const twice = (await send(permit({ FunctionName: 'ids' })).catch((error: unknown) => error)) as Error
  expect(twice).toMatchObject({
    name: 'ResourceConflictException',
    message:
      'The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.',
  })
  const other = new RemovePermissionCommand({ FunctionName: 'ids', StatementId: 'other' })
  expect(await send(other).catch((error: unknown) => error)).toMatchObject({
    message: 'Statement other is not found in resource policy.',
  })
})

test('folders are refused where they are not allowed', async () => {
  const strict = await startLambda({ allowLocalFolders: false })
  try {
    const problem = await strict.client
      .send(create({ Code: { S3Bucket: 'hot-reload', S3Key: '/tmp' } }))
      .catch((error: unknown) => error)
    expect(problem).toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('loopback'),
    })
  } finally {
    await strict.stop()
  }
})
