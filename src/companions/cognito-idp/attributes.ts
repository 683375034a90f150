import type { AttributeType } from '#aws/tables/cognito-idp.ts'
import { invalidParameter } from './errors.ts'
import { attributesMax } from './limits.ts'

type Attributes = Readonly<Record<string, string>>

const valueCharactersMax = 2048
/** Standard ones of OpenID Connect and a pool's own. */
const NAME = /^(custom:|dev:)?[\w:.-]{1,32}$/

/** @throws AwsError InvalidParameterException */
export function withAttributes(before: Attributes, given: readonly AttributeType[] = []): Attributes {
  const after: Record<string, string> = { ...before }
  for (const { Name, Value = '' } of given) {
    if (Name === 'sub' || Name.startsWith('cognito:') || !NAME.test(Name)) {
      throw invalidParameter(`user.${Name}: Attribute cannot be updated.`)
    }
    if (Value.length > valueCharactersMax) {
      throw invalidParameter(`${Name}: String must be no longer than ${valueCharactersMax} characters`)
    }
    after[Name] = Value
  }
  if (Object.keys(after).length > attributesMax) {
    throw invalidParameter(`A user has ${attributesMax} attributes at most`)
  }
  return after
}

/** What users say of themselves is not proof of it. */
export function unverified(given: readonly AttributeType[] = []): readonly AttributeType[] {
  const claimed = given.find(({ Name }) => Name.endsWith('_verified'))
  if (claimed !== undefined) throw invalidParameter(`user.${claimed.Name}: Attribute cannot be updated.`)
  return given
}

export function attributeList(attributes: Attributes): AttributeType[] {
  return Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }))
}
