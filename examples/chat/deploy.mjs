// Makes the chat's functions and its API in the gateway at AWS_ENDPOINT_URL, and prints where it is.
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from '@aws-sdk/client-apigatewayv2'
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'

const gateway = process.env.AWS_ENDPOINT_URL ?? 'http://localhost:4566'
const settings = {
  endpoint: gateway,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
}
const apis = new ApiGatewayV2Client(settings)
const lambda = new LambdaClient(settings)

const room = `chat-${randomUUID().slice(0, 8)}`
const routes = { $connect: 'connect', $disconnect: 'disconnect', sendmessage: 'sendMessage' }

const { ApiId } = await apis.send(
  new CreateApiCommand({
    Name: room,
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
  }),
)
for (const [RouteKey, handler] of Object.entries(routes)) {
  const FunctionName = `${room}-${handler}`
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs20.x',
      Handler: `index.${handler}`,
      Role: 'arn:aws:iam::000000000000:role/chat',
      // The folder itself: edits are what the next message runs.
      Code: { S3Bucket: 'hot-reload', S3Key: join(import.meta.dirname, 'functions') },
      Environment: { Variables: { ROOM: join(tmpdir(), room) } },
    }),
  )
  await lambda.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: 'chat',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    }),
  )
  const { IntegrationId } = await apis.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`,
    }),
  )
  await apis.send(new CreateRouteCommand({ ApiId, RouteKey, Target: `integrations/${IntegrationId}` }))
}
await apis.send(new CreateStageCommand({ ApiId, StageName: 'dev', AutoDeploy: true }))

const url = `${gateway.replace(/^http/, 'ws')}/_aws/execute-api/${ApiId}/dev`
const page = pathToFileURL(join(import.meta.dirname, 'index.html'))
page.hash = url
console.log(`The chat is at ${url}\nOpen this in two windows: ${page}`)
