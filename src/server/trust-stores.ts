import { readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { AwsAccess } from '#aws/access.ts'
import { EMPTY_HASH } from '#aws/canonical-request.ts'
import { CredentialsUnavailable } from '#aws/credentials/key-source.ts'
import { EndpointError, type ServiceEndpoint } from '#aws/service-endpoint.ts'
import { sign, type SigningKeys } from '#aws/sigv4.ts'
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
  /** Where S3 is, and keys for it. */
  readonly aws: AwsAccess
  /** 12 digits. */
  readonly account: string
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

/** GetObject. Amazon S3 API reference. */
async function readS3(
  { aws, account, region, clock }: TrustStoreOptions,
  bucket: string,
  key: string,
  version: string | undefined,
): Promise<string> {
  const endpoint = endpointOf(aws, bucket, region)
  const path = key.split('/').map(encodeURIComponent).join('/')
  const query = version === undefined ? '' : `?versionId=${encodeURIComponent(version)}`
  const target = `${endpoint.pathPrefix}/${path}${query}`
  const headers = new Headers(['Host', endpoint.host, 'x-amz-content-sha256', EMPTY_HASH])
  const request = { method: 'GET', target, headers, body: new Uint8Array() }
  sign(
    request,
    await keysFor(aws, endpoint, account),
    { region: endpoint.signingRegion, service: 's3' },
    clock.now(),
  )
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
  if (!response.ok) throw new TrustStoreUnreadable(`${endpoint.origin} answered ${response.status}`)
  const bytes: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > trustStoreBytesMax) throw tooLarge()
    bytes.push(chunk)
  }
  return Buffer.concat(bytes).toString('utf8')
}

function endpointOf(aws: AwsAccess, bucket: string, region: string): ServiceEndpoint {
  try {
    return aws.endpoint(`${bucket}.s3`, region)
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error
    throw new TrustStoreUnreadable(error.message, { cause: error })
  }
}

async function keysFor(aws: AwsAccess, endpoint: ServiceEndpoint, account: string): Promise<SigningKeys> {
  try {
    return await aws.keys(endpoint, { account })
  } catch (error) {
    if (!(error instanceof CredentialsUnavailable)) throw error
    throw new TrustStoreUnreadable(error.message, { cause: error })
  }
}

function tooLarge(): TrustStoreUnreadable {
  return new TrustStoreUnreadable(`it has more than ${trustStoreBytesMax} bytes`)
}
