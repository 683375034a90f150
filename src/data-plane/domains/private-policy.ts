import type { HttpRequest } from '#http/message.ts'
import { compilePolicy } from '#languages/policy/compile.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import { requestContext } from '#languages/policy/request.ts'

/** Whether a request may come in by a private domain name. */
export type AllowedIn = (request: HttpRequest) => boolean

const nobody: AllowedIn = () => false

/**
 * The policy of a private domain name, for a caller without identity: it has to allow `execute-api:Invoke` on the domain
 * name. Developer guide, "Custom domain names for private APIs". No VPC endpoint is known here, so no request comes
 * through one. What cannot be read lets nobody in.
 * @param arn `arn:aws:execute-api:{region}:{account}:/domainnames/{name}+{id}`
 */
export function compilePrivatePolicy(text: string | undefined, arn: string): AllowedIn {
  const { policy } = readPolicy(text ?? '', policyKinds.resource)
  if (policy === undefined) return nobody
  const evaluate = compilePolicy(policy)
  return ({ peer, headers }) => {
    const { decision } = evaluate({
      principal: {},
      action: 'execute-api:Invoke',
      resource: arn,
      context: requestContext({
        'aws:SecureTransport': String(peer.secure),
        'aws:SourceIp': peer.address,
        'aws:UserAgent': headers.get('user-agent'),
      }),
    })
    return decision === 'allow'
  }
}
