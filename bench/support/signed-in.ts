import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { RunningGateway } from './gateway.ts'

/** Somebody who has signed in to a user pool of the gateway. */
export interface SignedIn {
  readonly poolId: string
  readonly poolArn: string
  readonly clientId: string
  /** RS256. */
  readonly idToken: string
}

export async function signIn({ url }: RunningGateway): Promise<SignedIn> {
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
    poolId: UserPoolId,
    poolArn: UserPool?.Arn as string,
    clientId: UserPoolClient?.ClientId as string,
    idToken: AuthenticationResult?.IdToken as string,
  }
}
