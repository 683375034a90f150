import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { RunningGateway } from '../support/gateway.ts'
import type { AuthRow, Prepared } from './rows.ts'

export const userPoolRow: AuthRow = {
  name: 'user-pool',
  title: 'token of a user pool (RS256), verified and kept',
  addedUsMax: 4,
  prepare: (gateway) => prepare(gateway, 3600),
}

/** What nobody keeps is verified each time, as any token is the first time. */
export const newTokenRow: AuthRow = {
  name: 'new-token',
  title: 'the same, seen for the first time',
  addedUsMax: 40,
  prepare: (gateway) => prepare(gateway, 0),
}

async function prepare({ url }: RunningGateway, ttlSeconds: number): Promise<Prepared> {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' }
  const cognito = new CognitoIdentityProviderClient({ endpoint: url, region: 'us-east-1', credentials })
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'bench' }))
  const UserPoolId = UserPool?.Id as string
  const flow = 'USER_PASSWORD_AUTH'
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'bench',
      ExplicitAuthFlows: [`ALLOW_${flow}`, 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  )
  const user = { UserPoolId, Username: 'ada' }
  const Password = 'Correct-horse-1'
  await cognito.send(new AdminCreateUserCommand(user))
  await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password, Permanent: true }))
  const { AuthenticationResult } = await cognito.send(
    new InitiateAuthCommand({
      ClientId: UserPoolClient?.ClientId,
      AuthFlow: flow,
      AuthParameters: { USERNAME: 'ada', PASSWORD: Password },
    }),
  )
  cognito.destroy()
  return {
    ...poolAuthorizer(UserPool?.Arn ?? '', ttlSeconds),
    headers: [`Authorization: ${AuthenticationResult?.IdToken}`],
  }
}

export function poolAuthorizer(
  poolArn: string,
  ttlSeconds: number,
): Pick<Prepared, 'operation' | 'document'> {
  return {
    operation: { security: [{ auth: [] }] },
    document: {
      components: {
        securitySchemes: {
          auth: {
            type: 'apiKey',
            name: 'Authorization',
            in: 'header',
            'x-amazon-apigateway-authtype': 'cognito_user_pools',
            'x-amazon-apigateway-authorizer': {
              type: 'cognito_user_pools',
              providerARNs: [poolArn],
              authorizerResultTtlInSeconds: ttlSeconds,
            },
          },
        },
      },
    },
  }
}
