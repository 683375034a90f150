/** What an authorizer said of the caller: `$context.authorizer`. */
export interface AuthorizerGrant {
  /** Of a Lambda authorizer. */
  readonly principalId?: string | undefined
  /** `$context.authorizer.{name}`; without a prototype, names are the function's own. */
  readonly context?: Readonly<Record<string, string>> | undefined
  /** `$context.authorizer.claims.{name}`, of a token; without a prototype. */
  readonly claims?: Readonly<Record<string, string>> | undefined
  /** `requestContext.authorizer` of an HTTP API's events, JSON text by payload format. */
  readonly shown?: Readonly<Partial<Record<'1.0' | '2.0', string>>> | undefined
  /** The value of an API key, for APIs whose `apiKeySource` is AUTHORIZER. */
  readonly usageIdentifierKey?: string | undefined
}

/** Who the caller is, by a signature or an API key: `$context.identity`. What is undefined AWS shows as null. */
export interface CallerIdentity {
  readonly accountId?: string | undefined
  readonly accessKey?: string | undefined
  readonly caller?: string | undefined
  readonly cognitoAuthenticationProvider?: string | undefined
  readonly cognitoAuthenticationType?: string | undefined
  readonly cognitoIdentityId?: string | undefined
  readonly cognitoIdentityPoolId?: string | undefined
  readonly principalOrgId?: string | undefined
  readonly user?: string | undefined
  readonly userArn?: string | undefined
  /** A key's value and id; left out where the method asks for none. */
  readonly apiKey?: string | undefined
  readonly apiKeyId?: string | undefined
}

/** How an authorizer was asked, for those who log it: `$context.authorizer.latency` and the like. */
export interface AuthorizerCall {
  /** Of the whole step, a look into the cache included. */
  readonly latencyMs: number
  /** That the function took; 0 when a kept answer was found. */
  readonly integrationLatencyMs: number
  /** What the authorizer's answer means: 200, 401, 403 or 500. */
  readonly status: number
  /** What the Lambda service answered; undefined when it was not asked. */
  readonly integrationStatus: number | undefined
  /** Of the invocation, where the service told it. */
  readonly requestId: string | undefined
  /** Why it decided nothing. */
  readonly error: string | undefined
}
