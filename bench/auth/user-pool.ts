import type { RunningGateway } from '../support/gateway.ts'
import { signIn } from '../support/signed-in.ts'
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

async function prepare(gateway: RunningGateway, ttlSeconds: number): Promise<Prepared> {
  const { poolArn, idToken } = await signIn(gateway)
  return { ...poolAuthorizer(poolArn, ttlSeconds), headers: [`Authorization: ${idToken}`] }
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
