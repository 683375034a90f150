import type { Diagnostic } from '#base/diagnostic.ts'
import {
  locate,
  memberOf,
  parseLocated,
  type LocatedObject,
  type LocatedValue,
} from '#languages/json/located.ts'
import { JsonError } from '#languages/json/parse.ts'
import type { PlainValue } from '#languages/json/plain.ts'
import { positionOf } from '#base/position.ts'
import { nullOperator } from './condition.ts'
import type { Condition, Negatable, Policy, PolicyVersion, PrincipalPattern, Statement } from './document.ts'
import type { PolicyKind } from './kinds.ts'
import { operators } from './operators.ts'
import { parsePattern, PatternError, type PatternPiece } from './pattern.ts'

/** Longest document, in UTF-16 units, where the caller has no smaller quota. */
export const policyTextMax = 131_072

export interface ReadOptions {
  readonly textMax?: number
  /** Writes out the short forms of a service, before a resource is checked: see `expandExecuteApi`. */
  readonly expandResource?: (resource: string) => string
}

export interface PolicyReading {
  /** Undefined when a diagnostic is an error. */
  readonly policy: Policy | undefined
  /** `where` is a path such as `Statement[0].Condition.StringEquals`. */
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads and checks a document as strictly as IAM does when one is put; never throws.
 * @param source JSON text, or the value when it was never a text of its own
 */
export function readPolicy(
  source: string | Readonly<Record<string, PlainValue>>,
  kind: PolicyKind,
  { textMax = policyTextMax, expandResource = (resource) => resource }: ReadOptions = {},
): PolicyReading {
  const text = typeof source === 'string' ? source : undefined
  if (text !== undefined && text.length > textMax) {
    const message = `the policy has ${text.length} characters: expected at most ${textMax}`
    return { policy: undefined, diagnostics: [{ severity: 'error', message }] }
  }
  try {
    const value = typeof source === 'string' ? parseLocated(source) : locate(source)
    return new Reader(text, kind, expandResource).read(value)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    const message = `the policy is no JSON: ${error.message}`
    const place = text === undefined ? {} : positionOf(text, error.offset)
    return { policy: undefined, diagnostics: [{ severity: 'error', message, ...place }] }
  }
}

const VERSIONS: readonly string[] = ['2008-10-17', '2012-10-17'] satisfies PolicyVersion[]
const DOCUMENT = ['Version', 'Id', 'Statement']
const STATEMENT = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]
const PRINCIPALS: ReadonlyMap<string, PrincipalPattern['type']> = new Map([
  ['AWS', 'aws'],
  ['Service', 'service'],
  ['Federated', 'federated'],
  ['CanonicalUser', 'canonicaluser'],
])

const ACTION = /^(?:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/
/** An account, an ARN, or a unique id. */
const AWS_PRINCIPAL =
  /^(?:\*|\d{12}|arn:[\w-]+:(?:iam|sts)::(?:\d{12})?:[^*?]+|A[A-Z0-9]{3,}[A-Z0-9:@._=,+-]*)$/i
const SERVICE_PRINCIPAL = /^(?:[a-z0-9-]+\.)+[a-z]+(?:\.[a-z]+)*$/
const ARN = /^arn:[^:]*:[^:]*:/
const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/
/** Keys of identity providers begin with their address: `oidc.example.com/id/1:sub`. */
const CONDITION_KEY = /^[A-Za-z0-9_.~%/-]+:[^\s${}]+$/

class Reader {
  readonly #text: string | undefined
  readonly #kind: PolicyKind
  readonly #expandResource: (resource: string) => string
  readonly #diagnostics: Diagnostic[] = []
  readonly #sids = new Set<string>()
  #hasVariables = false

  constructor(text: string | undefined, kind: PolicyKind, expandResource: (resource: string) => string) {
    this.#text = text
    this.#kind = kind
    this.#expandResource = expandResource
  }

  read(value: LocatedValue): PolicyReading {
    const policy = value.kind === 'object' ? this.#document(value) : undefined
    if (value.kind !== 'object') this.#expected(value, '', 'an object with Version and Statement')
    const diagnostics = this.#diagnostics
    return { policy: diagnostics.length === 0 ? policy : undefined, diagnostics }
  }

  #place(at: number): { readonly line?: number; readonly column?: number } {
    return this.#text === undefined || at < 0 ? {} : positionOf(this.#text, at)
  }

  #report(at: number, where: string, message: string): void {
    this.#diagnostics.push({ severity: 'error', message, where, ...this.#place(at) })
  }

  #expected(value: LocatedValue, where: string, expected: string): undefined {
    this.#report(value.at, where, `found ${describe(value)}, expected ${expected}`)
  }

  #document(document: LocatedObject): Policy {
    this.#checkNames(document, '', DOCUMENT)
    const version = this.#version(memberOf(document, 'Version')?.value)
    this.#hasVariables = version === '2012-10-17'
    const id = this.#optionalText(document, 'Id', '')
    const statement = memberOf(document, 'Statement')?.value
    if (statement === undefined) {
      this.#report(document.at, '', 'Statement is missing: expected one statement or a list of them')
      return { version, id, statements: [] }
    }
    const isList = statement.kind === 'array'
    const items = isList ? statement.items : [statement]
    if (items.length === 0)
      this.#report(statement.at, 'Statement', 'found no statement, expected at least one')
    const statements = items.map((item, index) =>
      this.#statement(item, index, isList ? `Statement[${index}]` : 'Statement'),
    )
    return { version, id, statements: statements.filter((read) => read !== undefined) }
  }

  #checkNames(object: LocatedObject, where: string, known: readonly string[]): void {
    const seen = new Set<string>()
    for (const { name, at } of object.members) {
      const path = within(where, name)
      if (seen.has(name)) this.#report(at, path, `${name} is given twice`)
      else if (!known.includes(name)) {
        const meant = known.find((other) => other.toLowerCase() === name.toLowerCase())
        const advice = meant === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${meant}?`
        this.#report(at, path, `unknown element ${JSON.stringify(name)}: ${advice}`)
      }
      seen.add(name)
    }
  }

  #version(value: LocatedValue | undefined): PolicyVersion {
    if (value === undefined) return '2008-10-17'
    if (value.kind === 'string' && VERSIONS.includes(value.value)) return value.value as PolicyVersion
    this.#expected(value, 'Version', VERSIONS.map((version) => JSON.stringify(version)).join(' or '))
    return '2012-10-17'
  }

  #optionalText(object: LocatedObject, name: string, where: string): string | undefined {
    const value = memberOf(object, name)?.value
    if (value === undefined) return undefined
    if (value.kind === 'string') return value.value
    return this.#expected(value, within(where, name), 'a string')
  }

  #statement(value: LocatedValue, index: number, where: string): Statement | undefined {
    if (value.kind !== 'object') return this.#expected(value, where, 'a statement: an object')
    this.#checkNames(value, where, STATEMENT)
    const sid = this.#sid(value, where)
    const effect = this.#effect(value, where)
    const principal = this.#principal(value, where)
    const action = this.#texts(value, 'Action', where, 'required', (text, at, path) =>
      this.#action(text, at, path),
    )
    const resource = this.#texts(value, 'Resource', where, this.#kind.resource, (text, at, path) =>
      this.#resource(text, at, path),
    )
    const conditions = this.#conditions(value, where)
    if (effect === undefined || action === undefined) return undefined
    const { line, column } = this.#place(value.at)
    return { index, sid, effect, principal, action, resource, conditions, line, column }
  }

  #sid(statement: LocatedObject, where: string): string | undefined {
    const sid = this.#optionalText(statement, 'Sid', where)
    if (sid === undefined || sid === '') return undefined
    const path = within(where, 'Sid')
    const at = memberOf(statement, 'Sid')?.value.at ?? -1
    if (this.#kind.principal === 'refused' && !/^[A-Za-z0-9]*$/.test(sid)) {
      this.#report(at, path, `found ${JSON.stringify(sid)}, expected letters and digits only`)
    }
    if (this.#sids.has(sid)) {
      this.#report(at, path, `statement ids must be unique in a policy: ${JSON.stringify(sid)} is used twice`)
    }
    this.#sids.add(sid)
    return sid
  }

  #effect(statement: LocatedObject, where: string): Statement['effect'] | undefined {
    const value = memberOf(statement, 'Effect')?.value
    if (value === undefined) {
      this.#report(statement.at, where, 'Effect is missing: expected "Allow" or "Deny"')
      return undefined
    }
    if (value.kind === 'string' && (value.value === 'Allow' || value.value === 'Deny')) return value.value
    return this.#expected(value, within(where, 'Effect'), '"Allow" or "Deny", with a capital letter')
  }

  /** `name` or its `Not…`, exactly one of them: one text or a list of texts. */
  #texts<T>(
    statement: LocatedObject,
    name: string,
    where: string,
    rule: 'required' | 'refused',
    read: (text: string, at: number, path: string) => T | undefined,
  ): Negatable<T> | undefined {
    const found = this.#either(statement, name, where, rule)
    if (found === undefined) return undefined
    const path = within(where, found.name)
    const items: T[] = []
    for (const item of this.#list(found.value, path)) {
      if (item.kind !== 'string') {
        this.#expected(item, path, 'a string')
        continue
      }
      const value = read(item.value, item.at, path)
      if (value !== undefined) items.push(value)
    }
    return { not: found.name !== name, items }
  }

  #either(statement: LocatedObject, name: string, where: string, rule: 'required' | 'refused') {
    const plain = memberOf(statement, name)
    const negative = memberOf(statement, `Not${name}`)
    const found = plain ?? negative
    if (plain !== undefined && negative !== undefined) {
      this.#report(negative.at, where, `found both ${name} and Not${name}, expected one of them`)
    } else if (found === undefined && rule === 'required') {
      this.#report(
        statement.at,
        where,
        `${name} is missing: expected ${name} or Not${name} in ${this.#kind.name}`,
      )
    } else if (found !== undefined && rule === 'refused') {
      this.#report(
        found.at,
        within(where, found.name),
        `${found.name} has no place in ${this.#kind.name}: remove it`,
      )
      return undefined
    }
    return found
  }

  #list(value: LocatedValue, where: string): readonly LocatedValue[] {
    if (value.kind !== 'array') return [value]
    if (value.items.length === 0)
      this.#report(value.at, where, 'found an empty list, expected at least one value')
    return value.items
  }

  #action(text: string, at: number, path: string): string | undefined {
    if (ACTION.test(text)) return text.toLowerCase()
    const advice = 'expected "*" or an action with its service in front, such as "execute-api:Invoke"'
    this.#report(at, path, `found ${JSON.stringify(text)}, ${advice}`)
    return undefined
  }

  #resource(text: string, at: number, path: string): readonly PatternPiece[] | undefined {
    const resource = this.#expandResource(text)
    const isPattern = resource === '*' || ARN.test(resource) || /^arn:\*|^\*+$/.test(resource)
    if (isPattern) return this.#pattern(resource, at, path)
    this.#report(
      at,
      path,
      `found ${JSON.stringify(text)}, expected "*" or an ARN such as "arn:aws:execute-api:…"`,
    )
    return undefined
  }

  #pattern(text: string, at: number, path: string): readonly PatternPiece[] | undefined {
    if (!this.#hasVariables) return [{ kind: 'wild', text }]
    try {
      return parsePattern(text)
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      this.#report(at, path, error.message)
      return undefined
    }
  }

  #principal(statement: LocatedObject, where: string): Negatable<PrincipalPattern> | undefined {
    const found = this.#either(statement, 'Principal', where, this.#kind.principal)
    if (found === undefined) return undefined
    const { name, value } = found
    const path = within(where, name)
    const not = name === 'NotPrincipal'
    if (value.kind === 'string' && value.value === '*') return { not, items: [{ type: 'any', value: '*' }] }
    const types = [...PRINCIPALS.keys()]
    if (value.kind !== 'object' || value.members.length === 0) {
      return this.#expected(value, path, `"*" or an object with ${types.join(', ')}`)
    }
    this.#checkNames(value, path, types)
    const items: PrincipalPattern[] = []
    for (const member of value.members) {
      const type = PRINCIPALS.get(member.name)
      if (type === undefined) continue
      const memberPath = within(path, member.name)
      for (const item of this.#list(member.value, memberPath)) {
        const text = item.kind === 'string' ? item.value : item.kind === 'number' ? item.text : undefined
        if (text === undefined) this.#expected(item, memberPath, 'a string')
        else if (this.#isPrincipal(type, text, item.at, memberPath)) items.push({ type, value: text })
      }
    }
    return { not, items }
  }

  #isPrincipal(type: PrincipalPattern['type'], text: string, at: number, path: string): boolean {
    const [test, expected] =
      type === 'aws'
        ? [
            AWS_PRINCIPAL,
            '"*", an account of 12 digits, or the ARN of an account, user, role or session without wildcards',
          ]
        : type === 'service'
          ? [SERVICE_PRINCIPAL, 'a service such as "apigateway.amazonaws.com"']
          : [/^[^*?\s]+$/, 'a name without wildcards']
    if (test.test(text)) return true
    this.#report(at, path, `found ${JSON.stringify(text)}, expected ${expected}`)
    return false
  }

  #conditions(statement: LocatedObject, where: string): Condition[] {
    const member = memberOf(statement, 'Condition')
    if (member === undefined) return []
    const path = within(where, 'Condition')
    if (member.value.kind !== 'object') {
      this.#expected(member.value, path, 'an object of condition operators')
      return []
    }
    const conditions: Condition[] = []
    for (const { name, at, value } of member.value.members) {
      const operatorPath = within(path, name)
      const [, quantifier, operator = '', suffix] = OPERATOR.exec(name) ?? []
      const isNull = operator === nullOperator
      const known = operators.get(operator)
      if ((known === undefined && !isNull) || (isNull && suffix !== undefined)) {
        const names = [...operators.keys(), nullOperator].join(', ')
        this.#report(
          at,
          operatorPath,
          `unknown condition operator ${JSON.stringify(name)}: expected one of ${names}`,
        )
        continue
      }
      if (value.kind !== 'object') {
        this.#expected(value, operatorPath, 'an object of condition keys')
        continue
      }
      for (const { name: key, at: keyAt, value: given } of value.members) {
        const keyPath = within(operatorPath, key)
        if (!CONDITION_KEY.test(key)) {
          this.#report(
            keyAt,
            keyPath,
            `found the key ${JSON.stringify(key)}, expected one such as aws:SourceIp`,
          )
          continue
        }
        const values = this.#conditionValues(given, operator, keyPath)
        conditions.push({
          operator,
          quantifier: quantifier === 'ForAllValues' ? 'all' : quantifier === undefined ? undefined : 'any',
          ifExists: suffix !== undefined,
          key: key.toLowerCase(),
          values,
        })
      }
    }
    return conditions
  }

  #conditionValues(given: LocatedValue, operator: string, path: string): (readonly PatternPiece[])[] {
    const known = operators.get(operator)
    const values: (readonly PatternPiece[])[] = []
    for (const item of this.#list(given, path)) {
      const text = textOf(item)
      if (text === undefined) {
        this.#expected(item, path, 'a string, number or boolean')
        continue
      }
      const hasVariables = known?.variables === true
      const pieces = hasVariables ? this.#pattern(text, item.at, path) : [{ kind: 'wild', text } as const]
      if (pieces === undefined) continue
      const isValue =
        known === undefined ? /^(?:true|false)$/i.test(text) : known.compile(pieces) !== undefined
      if (isValue) values.push(pieces)
      else this.#expected(item, path, known?.expected ?? 'true or false')
    }
    return values
  }
}

function textOf(value: LocatedValue): string | undefined {
  switch (value.kind) {
    case 'string':
      return value.value
    case 'number':
      return value.text
    case 'boolean':
      return String(value.value)
    default:
      return undefined
  }
}

function describe(value: LocatedValue): string {
  const text = textOf(value)
  if (text !== undefined) return value.kind === 'string' ? JSON.stringify(text.slice(0, 100)) : text
  return value.kind === 'null' ? 'null' : value.kind === 'array' ? 'a list' : 'an object'
}

function within(where: string, name: string): string {
  return where === '' ? name : `${where}.${name}`
}
