/** An API key of an account. Its value is a secret that AWS shows again on request, so it is kept as it is. */
export interface ApiKey {
  readonly id: string
  readonly value: string
  readonly name?: string | undefined
  readonly description?: string | undefined
  /** Whose it is in the AWS Marketplace; any text. */
  readonly customerId?: string | undefined
  readonly enabled: boolean
  /** `{restApiId}/{stageName}`: how keys were let in before there were usage plans. Opens nothing any more. */
  readonly stageKeys: readonly string[]
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Epoch milliseconds. */
  readonly createdDate: number
  readonly lastUpdatedDate: number
}

/** Which key has a value: kept under the value's digest (`apiKeyDigest`), so that keys are found at once. */
export interface ApiKeyValue {
  readonly keyId: string
}
