import type { HttpRequest } from '#http/message.ts'
import { compilePolicy } from '#languages/policy/compile.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import { requestContext } from '#languages/policy/request.ts'
import type { Origin } from '#data-plane/origin.ts'

/** Whether a request may come in by a private domain name. */
export type AllowedIn = (request: HttpRequest, origin: Origin) => boolean

const nobody: AllowedIn = () => false

/**
 * The policy of a private domain name, for a caller without identity: it has to allow `execute-api:Invoke` on the domain
 * name. Who comes through no VPC endpoint that is associated with it is not let in, and what cannot be read lets nobody in.
 * Developer guide, "Custom domain names for private APIs" and "Invoke a private API using a custom domain name".
 * @param arn `arn:aws:execute-api:{region}:{account}:/domainnames/{name}+{id}`
 */
export function compilePrivatePolicy(
  text: string | undefined,
  arn: string,
  associated: ReadonlySet<string>,
): AllowedIn {
  const { policy } = readPolicy(text ?? '', policyKinds.resource)
  if (policy === undefined) return nobody
  const evaluate = compilePolicy(policy)
  return ({ headers }, { client, vpcEndpoint }) => {
    if (vpcEndpoint === undefined || !associated.has(vpcEndpoint.id)) return false
    const { decision } = evaluate({
      principal: {},
      action: 'execute-api:Invoke',
      resource: arn,
      context: requestContext({
        'aws:SecureTransport': String(client.secure),
        'aws:SourceVpc': vpcEndpoint.vpcId,
        'aws:SourceVpce': vpcEndpoint.id,
        'aws:VpcSourceIp': client.address,
        'aws:UserAgent': headers.get('user-agent'),
      }),
    })
    return decision === 'allow'
  }
}
