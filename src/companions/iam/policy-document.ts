import { AwsError } from '#aws/error.ts'
import { compilePolicy, type EvaluatePolicy } from '#languages/policy/compile.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import { malformedPolicy } from './iam-error.ts'

/**
 * Checks a document that is put.
 * @throws AwsError MalformedPolicyDocument with what was found and where
 */
export function checkPolicyDocument(document: string, kind: keyof typeof policyKinds): void {
  const [first] = readPolicy(document, policyKinds[kind]).diagnostics
  if (first === undefined) return
  const { message, where, line, column } = first
  const place = line === undefined ? '' : ` (line ${line}, column ${column})`
  throw malformedPolicy(`Syntax errors in policy: ${where ? `${where}: ` : ''}${message}${place}`)
}

/** White space does not count (IAM User Guide, "IAM and AWS STS quotas"). */
export function policyCharacters(document: string): number {
  return document.replace(/\s+/g, '').length
}

export function checkPolicySize(quota: string, most: number, document: string): void {
  if (policyCharacters(document) <= most) return
  throw new AwsError('LimitExceededException', `Cannot exceed quota for ${quota}: ${most}`, 409)
}

/** A document that was checked when it was put; one that is damaged denies everything. */
export function compileDocument(document: string, kind: keyof typeof policyKinds): EvaluatePolicy {
  const { policy } = readPolicy(document, policyKinds[kind])
  return policy === undefined ? denyAll : compilePolicy(policy)
}

const denyAll: EvaluatePolicy = () => ({ decision: 'explicit-deny', statement: undefined, grant: 'none' })

/** As IAM answers documents: RFC 3986. */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
