import { CredentialsUnavailable, type ExpiringKeys, type KeySource } from './key-source.ts'

type Provider = () => Promise<{
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  readonly expiration?: Date | undefined
}>

/**
 * The gateway's own keys, found as every AWS SDK finds them: environment, shared files with profiles, SSO, web identity,
 * a process, container, instance metadata. The chain is AWS's own code, loaded when keys are first needed.
 */
export function ownKeys(region: string): KeySource {
  let provider: Promise<Provider> | undefined
  return async (): Promise<ExpiringKeys> => {
    provider ??= loadProvider(region)
    try {
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = await (await provider)()
      return { accessKeyId, secretAccessKey, sessionToken, expiresAtMs: expiration?.getTime() }
    } catch (cause) {
      throw new CredentialsUnavailable(
        `no AWS credentials were found (${(cause as Error).message}): set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
        cause,
      )
    }
  }
}

async function loadProvider(region: string): Promise<Provider> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  return defaultProvider({ clientConfig: { region } })
}
