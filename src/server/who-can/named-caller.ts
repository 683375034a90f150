import type { Caller, KnownKey } from '#base/caller.ts'
import { rootCaller, type Callers } from '#companions/iam/callers.ts'
import { QuestionError } from './question.ts'

/** Somebody to ask about, with a key to sign with. */
export interface NamedCaller extends KnownKey {
  /** Whether its own policies are not known here. */
  readonly isStranger: boolean
}

/** Of whoever is named without a key. It opens nothing: nobody else is asked about it. */
export const askedKeyId = 'WHOCAN'
const ASKED_SECRET = 'who-can'

const ACCESS_KEY = /^[A-Z0-9]{16,128}$/
const ARN =
  /^arn:aws:(?:iam::(?<account>\d{12}):(?:(?<root>root)|(?<noun>user|role)\/(?:[\x21-\x7e]*\/)?(?<name>[^/]+))|sts::(?<away>\d{12}):assumed-role\/(?<role>[^/]+)\/[^/]+)$/

/**
 * Who is meant by an access key, an ARN, `root`, or a name.
 * @param account that names without one are of
 * @throws QuestionError when there is nobody
 */
export async function namedCaller(as: string, account: string, callers: Callers): Promise<NamedCaller> {
  if (ACCESS_KEY.test(as)) {
    const found = await callers.find(as, undefined)
    if (typeof found !== 'string') return { ...found, isStranger: false }
  }
  const groups = ARN.exec(as)?.groups
  if (groups === undefined) return known(await byName(as, account, callers), as)
  const { root, noun = 'role', name = groups['role'] ?? '' } = groups
  const of = groups['account'] ?? groups['away'] ?? account
  if (root !== undefined) return known(rootCaller(of, askedKeyId), as, of !== account)
  const found = await callers.ofPrincipal(of, noun as 'user' | 'role', name, askedKeyId)
  // Another account's policies are its own affair: what is asked is whether ours would let it in.
  if (found === undefined && of !== account)
    return known({ ...rootCaller(of, askedKeyId), arn: as }, as, true)
  return known(found, as)
}

async function byName(name: string, account: string, callers: Callers): Promise<Caller | undefined> {
  if (name === 'root') return rootCaller(account, askedKeyId)
  return (
    (await callers.ofPrincipal(account, 'user', name, askedKeyId)) ??
    (await callers.ofPrincipal(account, 'role', name, askedKeyId))
  )
}

function known(caller: Caller | undefined, as: string, isStranger = false): NamedCaller {
  if (caller !== undefined) return { secret: ASKED_SECRET, caller, isStranger }
  throw new QuestionError(`as: there is no access key, user or role ${as}; name one, or give its ARN`)
}

/** Users and roles of an account, as far as `max`. */
export async function everybody(account: string, callers: Callers, max: number): Promise<NamedCaller[]> {
  const found: NamedCaller[] = []
  for (const [noun, name] of (await callers.names(account)).slice(0, max)) {
    const caller = await callers.ofPrincipal(account, noun, name, askedKeyId)
    if (caller !== undefined) found.push({ secret: ASKED_SECRET, caller, isStranger: false })
  }
  return found
}
