import { CreateFunctionCommand } from '@aws-sdk/client-lambda'
import { zip } from '#base/zip.ts'
import type { RunningGateway } from '../support/gateway.ts'
import type { AuthRow, Prepared } from './rows.ts'

const CODE = `exports.handler = async ({ authorizationToken, methodArn }) => ({
  principalId: authorizationToken.slice(-12),
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn.replace(/[/].*/, '/*') }],
  },
  context: { tenant: 'blue', level: 3 },
})`

/** Of a token's usual size. */
const TOKEN = `Bearer ${'x'.repeat(600)}`

export const lambdaAuthorizerRow: AuthRow = {
  name: 'lambda-authorizer',
  title: 'Lambda authorizer (TOKEN), answer kept',
  addedUsMax: 3,
  prepare,
}

const IDENTITIES = 100_000

/** Every caller is asked about once, which takes a while; then each request is another's. */
export const manyIdentitiesRow: AuthRow = {
  name: 'many-identities',
  title: 'the same, of 100,000 callers in turn',
  addedUsMax: 3,
  prepare: async (gateway) => ({
    ...(await prepare(gateway)),
    lua: `local n = 0
request = function()
  n = (n + 1) % ${IDENTITIES}
  wrk.headers["Authorization"] = "${TOKEN}" .. n
  return wrk.format()
end`,
    warmUpSeconds: 60,
  }),
}

async function prepare({ lambda }: RunningGateway): Promise<Prepared> {
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'authorizer',
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/bench',
      Code: { ZipFile: zip([{ name: 'index.js', bytes: Buffer.from(CODE), mode: 0o644 }]) },
    }),
  )
  const uri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`
  return {
    operation: { security: [{ auth: [] }] },
    document: {
      components: {
        securitySchemes: {
          auth: {
            type: 'apiKey',
            name: 'Authorization',
            in: 'header',
            'x-amazon-apigateway-authtype': 'custom',
            'x-amazon-apigateway-authorizer': {
              type: 'token',
              authorizerUri: uri,
              authorizerResultTtlInSeconds: 3600,
            },
          },
        },
      },
    },
    headers: [`Authorization: ${TOKEN}`],
  }
}
