import type { Random } from '../../support/random.ts'
import type { ReferenceContext, ReferenceStatement } from './reference-policy.ts'

// Statements and requests that have often to do with one another.

export const ACTIONS: readonly string[] = ['a:Get', 'a:Put', 'b:Get']
const ACTION_PATTERNS = ['*', 'a:*', 'A:get', 'a:?et', 'a:*t', 'b:Get', 'a:P*t']
const PIECES = ['a', 'b', 'x/y', '*', '?', '${aws:username}', '${*}', '${x:list}', 'a*', '*b', 'a*b', '']
const OPERATORS = ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike', 'ArnLike', 'ArnNotLike']
const TYPED = [
  'NumericLessThan',
  'NumericEquals',
  'NumericNotEquals',
  'Bool',
  'IpAddress',
  'NotIpAddress',
  'Null',
]
const KEYS = ['aws:username', 'x:list', 'x:arn', 'x:none']

const TYPED_VALUES: Readonly<Record<string, readonly string[]>> = {
  Numeric: ['1', '2', '2.0', '-3'],
  Bool: ['true', 'false'],
  IpAddress: ['10.0.0.0/8', '10.1.0.0/16', '192.0.2.7', '0.0.0.0/0'],
  Null: ['true', 'false'],
}
const TYPED_KEYS: Readonly<Record<string, string>> = {
  Numeric: 'x:n',
  Bool: 'x:b',
  IpAddress: 'x:ip',
  Null: 'x:list',
}

export const arn = (random: Random, pieces: readonly string[]): string =>
  ['arn', ...random.times(random.between(4, 6), () => random.pick(pieces))].join(':')

export function pattern(random: Random): string {
  return random.chance(0.1) ? '*' : arn(random, PIECES).replace(/^arn:[^:]*:[^:]*/, 'arn:a:b')
}

function some<T>(random: Random, make: () => T): T[] {
  return random.times(random.between(1, 3), make)
}

function condition(random: Random): ReferenceStatement['Condition'] {
  if (random.chance(0.4)) {
    const operator = random.pick(TYPED)
    const type = operator.replace(/Not(?=Ip)/, '').replace(/^(Numeric).*/, '$1')
    const suffix = operator !== 'Null' && random.chance(0.3) ? 'IfExists' : ''
    const values = some(random, () => random.pick(TYPED_VALUES[type] ?? []))
    return { [operator + suffix]: { [TYPED_KEYS[type] ?? '']: values } }
  }
  const operator = random.pick(OPERATORS)
  const quantifier = random.pick(['', '', 'ForAllValues:', 'ForAnyValue:'])
  const suffix = random.chance(0.3) ? 'IfExists' : ''
  const isArn = operator.startsWith('Arn')
  const pieces = isArn ? PIECES.filter((piece) => !piece.includes('$')) : PIECES
  const values = some(random, () =>
    isArn ? ['arn', ...random.times(5, () => random.pick(pieces))].join(':') : random.pick(pieces),
  )
  return { [quantifier + operator + suffix]: { [random.pick(KEYS)]: values } }
}

export function randomStatement(random: Random): ReferenceStatement {
  const actions = some(random, () => random.pick(ACTION_PATTERNS))
  const resources = some(random, () => pattern(random))
  return {
    Effect: random.chance(0.6) ? 'Allow' : 'Deny',
    ...(random.chance(0.8) ? { Action: actions } : { NotAction: actions }),
    ...(random.chance(0.8) ? { Resource: resources } : { NotResource: resources }),
    ...(random.chance(0.5) ? { Condition: condition(random) ?? {} } : {}),
  }
}

export function randomContext(random: Random): ReferenceContext {
  const given: Record<string, string | readonly string[]> = {}
  const value = (): string => random.pick(['a', 'b', 'x/y', '*', 'ab', 'axb', ''])
  if (random.chance(0.7)) given['aws:username'] = value()
  if (random.chance(0.7)) given['x:list'] = some(random, value)
  if (random.chance(0.7)) given['x:arn'] = arn(random, ['a', 'b', 'x/y', ''])
  if (random.chance(0.7)) given['x:n'] = random.pick(['1', '2', '-4'])
  if (random.chance(0.7)) given['x:b'] = random.pick(['true', 'false'])
  if (random.chance(0.7)) given['x:ip'] = random.pick(['10.1.2.3', '192.0.2.7', '8.8.8.8'])
  return given
}
