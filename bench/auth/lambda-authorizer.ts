import { CreateFunctionCommand } from '@aws-sdk/client-lambda'
import { zip } from '#base/zip.ts'
import type { AuthRow } from './rows.ts'

const CODE = `exports.handler = async ({ authorizationToken, methodArn }) => ({
  principalId: authorizationToken,
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
  async prepare({ lambda }) {
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
  },
}
