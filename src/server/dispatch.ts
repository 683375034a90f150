import type { AwsEndpoint } from '#aws/call.ts'
import { parseAddress } from '#data-plane/address.ts'
import type { DataPlane } from '#data-plane/serve.ts'
import type { HttpHandler } from '#http/message.ts'
import type { Admin } from './admin.ts'
import { jsonReply } from './json-reply.ts'
import type { LocalGuard } from './local-guard.ts'

/** Which part of the house a request is for: an API, Gatehouse's own addresses, else the AWS control plane. */
export function createDispatch(
  dataPlane: DataPlane,
  guard: LocalGuard,
  admin: Admin,
  controlPlane: AwsEndpoint,
): HttpHandler {
  return (request) => {
    const address = parseAddress(request)
    if (address !== undefined) return dataPlane.serve(request, address)
    const refusal = guard.refusal(request)
    if (refusal !== undefined) return jsonReply(403, { message: refusal })
    return admin.serve(request) ?? controlPlane.serve(request)
  }
}
