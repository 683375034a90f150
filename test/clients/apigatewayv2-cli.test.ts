import { describeCliScenario, type CliStep } from './support/cli-scenario.ts'

const lambda = 'arn:aws:lambda:us-west-2:123456789012:function:my-lambda-function'
const invoked = `arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/${lambda}/invocations`
const api = '--api-id {api}'

/** The commands that the CLI's own documentation shows, as far as they are of APIs, routes, integrations and authorizers. */
const scenario: readonly CliStep[] = [
  {
    run: `create-api --name my-http-api --protocol-type HTTP --target ${lambda}`,
    has: {
      ApiKeySelectionExpression: '$request.header.x-api-key',
      Name: 'my-http-api',
      ProtocolType: 'HTTP',
      RouteSelectionExpression: '$request.method $request.path',
    },
    keeps: { api: 'ApiId' },
  },
  {
    run: 'create-api --name myWebSocketApi --protocol-type WEBSOCKET --route-selection-expression $request.body.action',
    has: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
    keeps: { chat: 'ApiId' },
  },
  { run: 'get-apis', has: { Items: [{ Tags: {} }, { Tags: {} }] } },
  {
    run: `get-integrations ${api}`,
    has: {
      Items: [
        {
          ApiGatewayManaged: true,
          ConnectionType: 'INTERNET',
          IntegrationMethod: 'POST',
          IntegrationType: 'AWS_PROXY',
          IntegrationUri: lambda,
          PayloadFormatVersion: '2.0',
          TimeoutInMillis: 30_000,
        },
      ],
    },
    keeps: { integration: 'Items.0.IntegrationId' },
  },
  {
    run: `update-integration ${api} --integration-id {integration} --integration-uri ${invoked} --timeout-in-millis 5000`,
    has: { IntegrationUri: invoked, TimeoutInMillis: 5000, PayloadFormatVersion: '2.0' },
  },
  {
    run: `create-authorizer ${api} --name my-jwt-authorizer --authorizer-type JWT --identity-source $request.header.Authorization --jwt-configuration Audience=123456abc,Issuer=https://cognito-idp.us-west-2.amazonaws.com/us-west-2_abc123`,
    has: {
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: {
        Audience: ['123456abc'],
        Issuer: 'https://cognito-idp.us-west-2.amazonaws.com/us-west-2_abc123',
      },
      Name: 'my-jwt-authorizer',
    },
    keeps: { authorizer: 'AuthorizerId' },
  },
  {
    run: `create-route ${api} --route-key {signup} --target integrations/{integration}`,
    has: { ApiKeyRequired: false, AuthorizationType: 'NONE', RouteKey: 'POST /signup' },
    keeps: { route: 'RouteId' },
  },
  {
    run: `update-route ${api} --route-id {route} --authorization-type JWT --authorizer-id {authorizer} --authorization-scopes user.id user.email`,
    has: { AuthorizationScopes: ['user.id', 'user.email'], AuthorizationType: 'JWT', ApiKeyRequired: false },
  },
  {
    run: `delete-authorizer ${api} --authorizer-id {authorizer}`,
    fails:
      /\(ConflictException\).*: Cannot delete authorizer 'my-jwt-authorizer', is referenced in route: POST \/signup/,
  },
  { run: `delete-cors-configuration ${api}` },
  {
    run: 'create-route --api-id {chat} --route-key $default',
    has: { ApiKeyRequired: false, AuthorizationType: 'NONE', RouteKey: '$default' },
  },
  {
    run: `reimport-api ${api} --body {document}`,
    has: {
      ApiKeySelectionExpression: '$request.header.x-api-key',
      Name: 'My Lambda API',
      ProtocolType: 'HTTP',
      RouteSelectionExpression: '$request.method $request.path',
      Tags: {},
      Version: 'v1.0',
    },
  },
  { run: `get-routes ${api}`, has: { Items: [{ RouteKey: 'ANY /hello' }] } },
  { run: 'import-api --body {document} --fail-on-warnings', has: { Name: 'My Lambda API' } },
  { run: `export-api ${api} --output-type YAML --specification OAS30 /dev/null` },
  { run: `delete-api ${api}` },
  { run: `get-api ${api}`, fails: /\(NotFoundException\).*: Invalid API identifier specified 111111111111:/ },
]

const document = `
openapi: 3.0.1
info:
  title: My Lambda API
  version: v1.0
paths:
  /hello:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-integration:
        payloadFormatVersion: 2.0
        type: aws_proxy
        httpMethod: POST
        uri: ${invoked}
        connectionType: INTERNET
`

describeCliScenario('apigatewayv2', scenario, () => [
  ['signup', 'POST /signup'],
  ['document', document],
])
