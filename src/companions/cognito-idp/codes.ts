import { randomInt } from 'node:crypto'
import { AwsError } from '#aws/error.ts'
import type { CodeDeliveryDetailsType } from '#aws/tables/cognito-idp.ts'
import { changeUser, type Pool, type PoolsContext } from './context.ts'
import { codeMs, codeTriesMax } from './limits.ts'
import { sameText } from '#base/same-text.ts'
import { codePlace, type CodeRecord, type UserRecord } from './records.ts'

/** A code of six digits for a user, taken there. */
export function newCode(
  context: PoolsContext,
  pool: Pool,
  user: UserRecord,
  purpose: CodeRecord['purpose'],
): CodeRecord {
  const { sealer, clock, deliver } = context
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  deliver?.({ pool: pool.id, username: user.username, code })
  return {
    purpose,
    sealedCode: sealer.seal(code, placeOf(pool, user)),
    expiresMs: clock.now() + codeMs,
    tries: 0,
  }
}

/** Where AWS would have sent it. */
export function deliveryOf({ attributes }: UserRecord): CodeDeliveryDetailsType {
  const { email, phone_number: phone } = attributes
  if (email === undefined && phone !== undefined) {
    return { AttributeName: 'phone_number', DeliveryMedium: 'SMS', Destination: `+*******${phone.slice(-4)}` }
  }
  return {
    AttributeName: 'email',
    DeliveryMedium: 'EMAIL',
    Destination: email === undefined ? undefined : masked(email),
  }
}

/**
 * Takes a code from a user, and makes the change that it is for. Wrong ones are counted.
 * @throws AwsError CodeMismatchException, ExpiredCodeException
 */
export async function redeemCode(
  context: PoolsContext,
  pool: Pool,
  name: string,
  { purpose, code }: { readonly purpose: CodeRecord['purpose']; readonly code: string },
  change: (user: UserRecord) => Partial<UserRecord>,
): Promise<void> {
  let failure: AwsError | undefined
  await changeUser(context, pool, name, (user) => {
    const { code: kept } = user
    if (kept?.purpose !== purpose || kept.expiresMs <= context.clock.now() || kept.tries >= codeTriesMax) {
      failure = new AwsError(
        'ExpiredCodeException',
        'Invalid code provided, please request a code again.',
        400,
      )
      return {}
    }
    if (!sameText(code, context.sealer.open(kept.sealedCode, placeOf(pool, user)))) {
      failure = new AwsError(
        'CodeMismatchException',
        'Invalid verification code provided, please try again.',
        400,
      )
      return { code: { ...kept, tries: kept.tries + 1 } }
    }
    failure = undefined
    return { ...change(user), code: undefined }
  })
  if (failure !== undefined) throw failure
}

function masked(email: string): string {
  const [name = '', host = ''] = email.split('@')
  return `${name.slice(0, 1)}***@${host.slice(0, 1)}***`
}

function placeOf(pool: Pool, { attributes }: UserRecord): string {
  return codePlace(pool.id, attributes['sub'] ?? '')
}
