type Rule = 'required' | 'refused'

/** What a document is for decides which elements it has. */
export interface PolicyKind {
  /** For messages. */
  readonly name: string
  readonly principal: Rule
  readonly resource: Rule
}

/** IAM User Guide, "Policies and permissions in IAM". */
export const policyKinds: Readonly<Record<'identity' | 'resource' | 'trust', PolicyKind>> = {
  /** Of a user, group or role; permissions boundaries, session policies, and what Lambda authorizers answer. */
  identity: { name: 'an identity policy', principal: 'refused', resource: 'required' },
  /** Of an API, a queue, a bucket. */
  resource: { name: 'a resource policy', principal: 'required', resource: 'required' },
  /** Of a role: who may take it. */
  trust: { name: 'a trust policy', principal: 'required', resource: 'refused' },
}
