import { sign } from '#aws/sigv4.ts'
import { Headers } from '#http/headers.ts'
import { startControlPlane } from '../../clients/support/control-plane.ts'
import { Finding } from '../fuzz-target.ts'

/** An answer takes no longer; what the machine's other work costs is allowed for. */
const ANSWER_MS_MAX = 5000
/** What AWS-shaped refusals have. */
const REFUSAL = /^\{.*"message":/s

/** A control plane with one API in it, to be asked anything. */
export interface AskedControlPlane extends AsyncDisposable {
  /**
   * Asks `METHOD target`, a line feed and a body. `@api@`, `@root@`, … in it are ids of what is there.
   * @throws Finding unless the answer is a success or a refusal as AWS's are, in time
   */
  ask(input: Uint8Array): Promise<void>
}

/** Names for ids → where they come from. */
const SETUP: readonly (readonly [request: string, keeps: Readonly<Record<string, string>>])[] = [
  ['POST /restapis\n{"name":"pets"}', { api: 'id', root: 'rootResourceId' }],
  ['POST /restapis/@api@/resources/@root@\n{"pathPart":"a"}', { resource: 'id' }],
  ['PUT /restapis/@api@/resources/@resource@/methods/GET\n{"authorizationType":"NONE"}', {}],
  ['PUT /restapis/@api@/resources/@resource@/methods/GET/responses/200\n{}', {}],
  ['PUT /restapis/@api@/resources/@resource@/methods/GET/integration\n{"type":"MOCK"}', {}],
  ['PUT /restapis/@api@/resources/@resource@/methods/GET/integration/responses/200\n{}', {}],
  ['POST /restapis/@api@/deployments\n{"stageName":"dev"}', { deployment: 'id' }],
  ['POST /restapis/@api@/requestvalidators\n{"name":"v"}', { validator: 'id' }],
  ['POST /restapis/@api@/models\n{"name":"Pet","contentType":"application/json","schema":"{}"}', {}],
  ['POST /restapis/@api@/documentation/parts\n{"location":{"type":"API"},"properties":"{}"}', { part: 'id' }],
  ['POST /apikeys\n{"name":"k"}', { key: 'id' }],
  ['POST /usageplans\n{"name":"p","apiStages":[{"apiId":"@api@","stage":"dev"}]}', { plan: 'id' }],
  ['POST /v2/apis\n{"name":"pets","protocolType":"HTTP","target":"https://pets.invalid"}', { http: 'apiId' }],
  ['POST /usageplans/@plan@/keys\n{"keyId":"@key@","keyType":"API_KEY"}', {}],
]

/** The names that `ask` knows. */
export const knownIds: readonly string[] = SETUP.flatMap(([, keeps]) => Object.keys(keeps)).map(
  (name) => `@${name}@`,
)

export async function startAskedControlPlane(): Promise<AskedControlPlane> {
  const controlPlane = startControlPlane()
  const origin = new URL(controlPlane.url)
  const ids = new Map<string, string>()

  const send = async (input: Uint8Array): Promise<{ status: number; type: string | null; text: string }> => {
    const bytes = Buffer.from(
      Buffer.from(input)
        .toString('latin1')
        .replace(/@(\w+)@/g, (whole, name: string) => ids.get(name) ?? whole),
      'latin1',
    )
    const end = bytes.indexOf('\n')
    const [method = '', target = ''] = bytes.subarray(0, end).toString('latin1').split(' ')
    const body = bytes.subarray(end + 1)
    const headers = new Headers(['Host', origin.host])
    headers.set('Content-Type', 'application/json')
    sign(
      { method, target, headers, body },
      { accessKeyId: 'test', secretAccessKey: 'test' },
      { region: 'us-east-1', service: 'apigateway' },
      Date.now(),
    )
    const response = await fetch(origin.origin + target, {
      method,
      headers: [...headers],
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
      ...(body.length > 0 && { body }),
    })
    return {
      status: response.status,
      type: response.headers.get('x-amzn-errortype'),
      text: await response.text(),
    }
  }

  for (const [request, keeps] of SETUP) {
    const { status, text } = await send(Buffer.from(request))
    if (status > 299) throw new Error(`${request}: ${status} ${text}`)
    const answer = JSON.parse(text) as Readonly<Record<string, string>>
    for (const [name, member] of Object.entries(keeps)) ids.set(name, answer[member] as string)
  }

  return {
    async ask(input) {
      const shown = Buffer.from(input).toString('latin1').slice(0, 300)
      const { status, type, text } = await send(input).catch((error: unknown) => {
        throw new Finding(`no answer (${String(error)}) to ${shown}`, input)
      })
      if (status >= 500) throw new Finding(`${status} ${text.slice(0, 300)} to ${shown}`, input)
      if (status >= 400 && (type === null || !REFUSAL.test(text))) {
        throw new Finding(`a refusal that AWS would not write: ${status} ${text.slice(0, 300)}`, input)
      }
    },
    [Symbol.asyncDispose]: () => controlPlane[Symbol.asyncDispose](),
  }
}
