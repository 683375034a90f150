import type { AwsEndpoint } from '#aws/call.ts'
import { parseAddress } from '#data-plane/address.ts'
import type { DataPlane } from '#data-plane/serve.ts'
import type { HttpHandler } from '#http/message.ts'
import type { Admin } from './admin.ts'
import type { StageReferences } from './api-reference/stage-references.ts'
import { jsonReply } from './json-reply.ts'
import type { LocalGuard } from './local-guard.ts'

/**
 * Which part of the house a request is for: an API, else the office.
 * @param references what stages show of themselves, where that is wanted
 */
export function createDispatch(
  dataPlane: DataPlane,
  office: HttpHandler,
  references?: StageReferences,
): HttpHandler {
  return (request) => {
    const address = parseAddress(request)
    if (address === undefined) return office(request)
    return references?.answer(request, address) ?? dataPlane.serve(request, address)
  }
}

/** All that is no API: Gatehouse's own addresses, else the AWS control plane, both guarded. */
export function createOffice(guard: LocalGuard, admin: Admin, controlPlane: AwsEndpoint): HttpHandler {
  return (request) => {
    const refusal = guard.refusal(request)
    if (refusal !== undefined) return jsonReply(403, { message: refusal })
    return admin.serve(request) ?? controlPlane.serve(request)
  }
}
