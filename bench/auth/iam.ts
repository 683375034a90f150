import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam'
import { sign, type SigningKeys } from '#aws/sigv4.ts'
import { Headers } from '#http/headers.ts'
import type { AuthRow } from './rows.ts'

/** One signature for all requests: it is good for five minutes, and verified each time. */
export const iamRow: AuthRow = {
  name: 'iam',
  title: 'AWS_IAM: Signature Version 4, policies of a user',
  addedUsMax: 25,
  async prepare({ url }) {
    const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' }
    const keys = await newUser(new IAMClient({ endpoint: url, region: REGION, credentials, maxAttempts: 1 }))
    const headers: string[] = []
    return {
      operation: { 'x-amazon-apigateway-auth': { type: 'AWS_IAM' } },
      document: {},
      headers,
      async deployed(apiId) {
        const signed = new Headers(['Host', `${apiId}.execute-api.${REGION}.localhost`])
        const request = { method: 'GET', target: '/b/guarded', headers: signed, body: new Uint8Array(0) }
        sign(request, keys, { region: REGION, service: 'execute-api' }, Date.now())
        for (const [name, value] of signed) if (name !== 'Host') headers.push(`${name}: ${value}`)
      },
    }
  },
}

const REGION = 'us-east-1'

async function newUser(iam: IAMClient): Promise<SigningKeys> {
  const UserName = 'bench'
  await iam.send(new CreateUserCommand({ UserName }))
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess'
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  iam.destroy()
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}
