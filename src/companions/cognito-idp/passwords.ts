import { sameText } from '#base/same-text.ts'
import { AwsError } from '#aws/error.ts'
import type { PasswordPolicyType } from '#aws/tables/cognito-idp.ts'
import type { Sealer } from '#store/sealing.ts'
import type { Pool } from './context.ts'
import { invalidParameter } from './errors.ts'
import { passwordCharactersMax } from './limits.ts'
import { verifierPlace, type PasswordRecord, type UserRecord } from './records.ts'
import { verifierOf, type SrpUser, type Verifier } from './srp.ts'

/** What a pool asks of passwords unless it is told otherwise (API reference, PasswordPolicyType). */
export const defaultPasswordPolicy: PasswordPolicyType = {
  MinimumLength: 8,
  RequireUppercase: true,
  RequireLowercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
  TemporaryPasswordValidityDays: 7,
}

const RULES: readonly (readonly [rule: keyof PasswordPolicyType, pattern: RegExp, what: string])[] = [
  ['RequireLowercase', /[a-z]/, 'lowercase'],
  ['RequireUppercase', /[A-Z]/, 'uppercase'],
  ['RequireNumbers', /[0-9]/, 'numeric'],
  ['RequireSymbols', /[-^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+ ]/, 'symbol'],
]

/** @throws AwsError InvalidPasswordException, InvalidParameterException */
export function checkPassword(policy: PasswordPolicyType, password: string): void {
  const { MinimumLength = 8 } = policy
  if (password.length < MinimumLength) throw unfit('Password not long enough')
  if (password.length > passwordCharactersMax) {
    throw invalidParameter(`Password has more than ${passwordCharactersMax} characters`)
  }
  const missing = RULES.find(([rule, pattern]) => policy[rule] === true && !pattern.test(password))
  if (missing !== undefined) throw unfit(`Password must have ${missing[2]} characters`)
}

function unfit(why: string): AwsError {
  return new AwsError('InvalidPasswordException', `Password did not conform with policy: ${why}`, 400)
}

type Whose = Pick<UserRecord, 'username' | 'attributes'>

export function srpUser(pool: Pool, { username }: Pick<UserRecord, 'username'>): SrpUser {
  return { poolName: pool.id.slice(pool.id.indexOf('_') + 1), username }
}

/** @param expiresMs of a temporary one */
export function newPassword(
  sealer: Sealer,
  pool: Pool,
  user: Whose,
  password: string,
  expiresMs?: number,
): PasswordRecord {
  const { salt, verifier } = verifierOf(srpUser(pool, user), password)
  return { salt, sealedVerifier: sealer.seal(verifier, placeOf(pool, user)), expiresMs }
}

export function openVerifier(
  sealer: Sealer,
  pool: Pool,
  user: Whose,
  { salt, sealedVerifier }: PasswordRecord,
): Verifier {
  return { salt, verifier: sealer.open(sealedVerifier, placeOf(pool, user)) }
}

export function isPassword(sealer: Sealer, pool: Pool, user: UserRecord, password: string): boolean {
  if (user.password === undefined || password.length > passwordCharactersMax) return false
  const { salt, verifier } = openVerifier(sealer, pool, user, user.password)
  return sameText(verifierOf(srpUser(pool, user), password, salt).verifier, verifier)
}

function placeOf(pool: Pool, { attributes }: Whose): string {
  return verifierPlace(pool.id, attributes['sub'] ?? '')
}
