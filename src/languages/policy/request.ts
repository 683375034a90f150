/** What a policy is asked about. */
export interface PolicyRequest {
  readonly principal: RequestPrincipal
  /** `execute-api:Invoke` */
  readonly action: string
  /** An ARN. */
  readonly resource: string
  readonly context: RequestContext
}

/** Who asks; nobody in particular (an anonymous caller) when empty. */
export interface RequestPrincipal {
  /** Of the user, or of the session of a role or federated user (`arn:aws:sts::…:assumed-role/Role/session`). */
  readonly arn?: string | undefined
  /** Of the role behind a session. */
  readonly roleArn?: string | undefined
  readonly account?: string | undefined
  /** `AIDA…`, `AROA…:session` */
  readonly userId?: string | undefined
  /** `events.amazonaws.com` */
  readonly service?: string | undefined
  /** The identity provider of a web identity or SAML session. */
  readonly federated?: string | undefined
  readonly canonicalUser?: string | undefined
}

/** Condition keys in lower case; a list is a key of several values. See `requestContext`; a map is one. */
export interface RequestContext extends Iterable<readonly [key: string, value: string | readonly string[]]> {
  get(key: string): string | readonly string[] | undefined
  has(key: string): boolean
}

/** @param values by condition key in any case; those that are undefined or empty lists are absent */
export function requestContext(
  values: Readonly<Record<string, string | readonly string[] | undefined>>,
): RequestContext {
  const context = new Map<string, string | readonly string[]>()
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value.length + (typeof value === 'string' ? 1 : 0) > 0)
      context.set(key.toLowerCase(), value)
  }
  return context
}
