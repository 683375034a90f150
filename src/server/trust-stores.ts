import { readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { sign, type SigningKeys } from '#aws/sigv4.ts'
import { EMPTY_HASH } from '#aws/canonical-request.ts'
import type { Clock } from '#base/clock.ts'
import {
  trustStoreBytesMax,
  TrustStoreUnreadable,
  type TrustStoreReader,
} from '#control-plane/apigateway/trust-store-reader.ts'
import { Headers } from '#http/headers.ts'

export interface TrustStoreOptions {
  /** Stands for S3: `s3://bucket/key` is `bucket/key` in it. */
  readonly folder: string | undefined
  readonly region: string
  readonly clock: Clock
  /** AWS's usual variables: endpoint and keys. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

const timeoutMs = 10_000

export function createTrustStores(options: TrustStoreOptions): TrustStoreReader {
  const { folder } = options
  return {
    async read(uri, version) {
      const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? []
      if (bucket === '') throw new TrustStoreUnreadable('expected s3://bucket/key')
      return folder === undefined ? readS3(options, bucket, key, version) : readFileOf(folder, bucket, key)
    },
  }
}

/** Nothing outside the folder, wherever links lead. */
async function readFileOf(folder: string, bucket: string, key: string): Promise<string> {
  const path = join(folder, bucket, key)
  try {
    const [root, real] = await Promise.all([realpath(folder), realpath(path)])
    if (!real.startsWith(root + sep))
      throw new TrustStoreUnreadable(`${bucket}/${key} is not within --truststores`)
    const { size } = await stat(real)
    if (size > trustStoreBytesMax) throw tooLarge()
    return await readFile(real, 'utf8')
  } catch (error) {
    if (error instanceof TrustStoreUnreadable) throw error
    throw new TrustStoreUnreadable(`${path} (${(error as { code?: string }).code})`, { cause: error })
  }
}

/** GetObject. Amazon S3 API reference; path style where an endpoint is given. */
async function readS3(
  { region, clock, environment }: TrustStoreOptions,
  bucket: string,
  key: string,
  version: string | undefined,
): Promise<string> {
  const given = environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL']
  const path = key.split('/').map(encodeURIComponent).join('/')
  const query = version === undefined ? '' : `?versionId=${encodeURIComponent(version)}`
  const endpoint = new URL(given ?? `https://${bucket}.s3.${region}.amazonaws.com`)
  const target = `${given === undefined ? '' : `/${bucket}`}/${path}${query}`
  const headers = new Headers(['Host', endpoint.host, 'x-amz-content-sha256', EMPTY_HASH])
  const keys = keysOf(environment)
  if (keys !== undefined) {
    const request = { method: 'GET', target, headers, body: new Uint8Array() }
    sign(request, keys, { region, service: 's3' }, clock.now())
  }
  let response: Response
  try {
    response = await fetch(endpoint.origin + target, {
      headers: [...headers],
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (error) {
    throw new TrustStoreUnreadable(`no answer from ${endpoint.origin} (${(error as Error).message})`, {
      cause: error,
    })
  }
  if (!response.ok) {
    const hint = keys === undefined ? '; the call was not signed: AWS_ACCESS_KEY_ID is not set' : ''
    throw new TrustStoreUnreadable(`${endpoint.origin} answered ${response.status}${hint}`)
  }
  const bytes: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > trustStoreBytesMax) throw tooLarge()
    bytes.push(chunk)
  }
  return Buffer.concat(bytes).toString('utf8')
}

function keysOf(environment: TrustStoreOptions['environment']): SigningKeys | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  }
}

function tooLarge(): TrustStoreUnreadable {
  return new TrustStoreUnreadable(`it has more than ${trustStoreBytesMax} bytes`)
}
