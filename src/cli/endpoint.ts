import { UsageError, type Arguments } from './arguments.ts'
import { settingFlags, settings, type Setting } from './settings.ts'

/** A running gateway and how to be let in. */
export interface Endpoint {
  /** Without a slash at the end. */
  readonly url: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** The settings that tell where a gateway is and who calls it. */
export const endpointSettings: readonly Setting[] = ['host', 'port', 'credentials', 'accountId', 'region']

export function endpointFlags(): Map<string, boolean> {
  return settingFlags(endpointSettings).set('endpoint', true)
}

/** From --endpoint or AWS_ENDPOINT_URL, else the host and port of the settings; keys from those or AWS's variables. */
export async function endpointOf(parsed: Arguments): Promise<Endpoint> {
  const { host, port, accountId, region, credentials } = await settings(parsed)
  const given = parsed.flags.get('endpoint')?.at(-1) ?? process.env.AWS_ENDPOINT_URL
  const url = given ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) {
    throw new UsageError(`--endpoint: expected a URL such as http://localhost:4566, found ${url}`)
  }
  const [pair] = credentials
  return {
    url: url.replace(/\/+$/, ''),
    region,
    credentials: {
      accessKeyId: pair?.accessKeyId ?? process.env.AWS_ACCESS_KEY_ID ?? accountId,
      secretAccessKey: pair?.secret ?? process.env.AWS_SECRET_ACCESS_KEY ?? 'unused',
    },
  }
}
