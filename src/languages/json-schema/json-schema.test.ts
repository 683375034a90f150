import { describe, expect, test } from 'bun:test'
import { compileSchema, validationErrorString, type ValidateBody } from './compile.ts'
import { compileEcmaPattern } from './ecma-pattern.ts'

const noModels = (): undefined => undefined

function compiled(schema: unknown, models: Readonly<Record<string, unknown>> = {}): ValidateBody {
  const { validate, diagnostics } = compileSchema(JSON.stringify(schema), (name) =>
    Object.hasOwn(models, name) ? JSON.stringify(models[name]) : undefined,
  )
  expect(diagnostics).toEqual([])
  if (validate === undefined) throw new Error('no validator')
  return validate
}

const errors = (schema: unknown, body: string): string | undefined => {
  const messages = compiled(schema)(body)
  return messages && validationErrorString(messages)
}

const object = { type: 'object' }

describe('a body that a model refuses is told in the words of json-schema-validator', () => {
  test.each<[schema: object, body: string, said: string | undefined]>([
    [{ ...object, required: ['b', 'a'] }, '{}', '[object has missing required properties (["a","b"])]'],
    [{ ...object, required: ['toString'] }, '{}', '[object has missing required properties (["toString"])]'],
    [{ ...object, required: ['a'] }, '{"a":null}', undefined],
    [
      { type: 'integer' },
      '"x"',
      '[instance type (string) does not match any allowed primitive type (allowed: ["integer"])]',
    ],
    [
      { type: ['string', 'number'] },
      'true',
      '[instance type (boolean) does not match any allowed primitive type (allowed: ["integer","number","string"])]',
    ],
    [{ type: 'number' }, '7', undefined],
    [
      { type: 'integer' },
      '1.0',
      '[instance type (number) does not match any allowed primitive type (allowed: ["integer"])]',
    ],
    [{ type: 'integer' }, '123456789012345678901234567890', undefined],
    [
      { maximum: 9007199254740992 },
      '9007199254740993',
      '[numeric instance is greater than the required maximum (maximum: 9007199254740992, found: 9007199254740993)]',
    ],
    [{ maximum: 5 }, '5', undefined],
    [
      { maximum: 5, exclusiveMaximum: true },
      '5',
      '[numeric instance is not strictly lower than the required maximum 5]',
    ],
    [{ minimum: 5 }, '4.5', '[numeric instance is lower than the required minimum (minimum: 5, found: 4.5)]'],
    [
      { minimum: 5, exclusiveMinimum: true },
      '5.0',
      '[numeric instance is not strictly greater than the required minimum 5]',
    ],
    [{ multipleOf: 0.01 }, '1.13', undefined],
    [{ multipleOf: 0.01 }, '1.135', '[remainder of division is not zero (1.135 / 0.01)]'],
    [{ multipleOf: 3 }, '1e999999999', '[remainder of division is not zero (1E+999999999 / 3)]'],
    [{ minLength: 2 }, '"😀"', '[string "😀" is too short (length: 1, required minimum: 2)]'],
    [{ maxLength: 1 }, '"ab"', '[string "ab" is too long (length: 2, maximum allowed: 1)]'],
    [{ pattern: '^a+$' }, '"b"', '[ECMA 262 regex "^a+$" does not match input string "b"]'],
    [{ enum: ['a', 1] }, '"b"', '[instance value ("b") not found in enum (possible values: ["a",1])]'],
    [{ enum: [1] }, '1.0', undefined],
    [
      { items: [{}], additionalItems: false },
      '[1,2]',
      '[schema only allows 1 elements in array but instance has 2 elements]',
    ],
    [
      { maxItems: 1 },
      '[1,2]',
      '[array is too long: must have at most 1 elements but instance has 2 elements]',
    ],
    [
      { minItems: 1 },
      '[]',
      '[array is too short: must have at least 1 elements but instance has 0 elements]',
    ],
    [{ uniqueItems: true }, '[{"a":1,"b":2},{"b":2,"a":1.0}]', '[array must not contain duplicate elements]'],
    [
      { uniqueItems: true },
      '[{"toString":5},{"\\u0074oString":5}]',
      '[array must not contain duplicate elements]',
    ],
    [{ enum: [{ valueOf: 1 }] }, '{"valueOf":1}', undefined],
    [
      { additionalProperties: false, properties: { a: {} }, patternProperties: { '^x': {} } },
      '{"a":1,"z":1,"x1":1,"b":1}',
      '[object instance has properties which are not allowed by the schema: ["b","z"]]',
    ],
    [
      { additionalProperties: false },
      '{"__proto__":1}',
      '[object instance has properties which are not allowed by the schema: ["__proto__"]]',
    ],
    [
      { maxProperties: 0 },
      '{"a":1}',
      '[object has too many properties (found 1 but schema requires at most 0)]',
    ],
    [{ minProperties: 1 }, '{}', '[object has too few properties (found 0 but schema requires at least 1)]'],
    [
      { dependencies: { a: ['c', 'b'] } },
      '{"a":1,"c":1}',
      '[property "a" of object has missing property dependencies (schema requires ["b","c"]; missing: ["b"])]',
    ],
    [
      { dependencies: { a: { required: ['b'] } } },
      '{"a":1}',
      '[object has missing required properties (["b"])]',
    ],
    [
      { allOf: [{ type: 'string' }, { type: 'integer' }] },
      '1',
      '[instance failed to match all required schemas (matched only 1 out of 2)]',
    ],
    [
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      '1',
      '[instance failed to match at least one required schema among 2]',
    ],
    [
      { oneOf: [{ type: 'integer' }, { minimum: 0 }] },
      '1',
      '[instance failed to match exactly one schema (matched 2 out of 2)]',
    ],
    [{ not: { type: 'integer' } }, '1', '[instance matched a schema which it should not have]'],
    [{ format: 'email' }, '"x"', '[string "x" is not a valid email address]'],
    [{ format: 'ipv4' }, '"1.2.3.400"', '[string "1.2.3.400" is not a valid IPv4 address]'],
    [{ format: 'ipv6' }, '"::1"', undefined],
    [{ format: 'hostname' }, '"-a"', '[string "-a" is not a valid hostname]'],
    [{ format: 'uri' }, '"a b"', '[string "a b" is not a valid URI]'],
    [{ format: 'regex' }, '"("', '[string "(" is not a valid ECMA 262 regular expression]'],
    [
      { format: 'date-time' },
      '"2026-02-30T00:00:00Z"',
      `[string "2026-02-30T00:00:00Z" is invalid against requested date format(s) ["yyyy-MM-dd'T'HH:mm:ssZ","yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z"]]`,
    ],
    [{ format: 'date-time' }, '"2026-02-28T23:59:59.5+02:00"', undefined],
    [{ format: 'int32' }, '"anything"', undefined],
    // Keywords by name, then members by name; what is inside a member waits until those around it are right.
    [
      { ...object, required: ['x'], minProperties: 3, properties: { a: { minimum: 1 } } },
      '{"a":0}',
      '[object has too few properties (found 1 but schema requires at least 3), object has missing required properties (["x"])]',
    ],
    [
      { properties: { b: { minimum: 1 }, a: { minimum: 1 } } },
      '{"b":0,"a":0}',
      '[numeric instance is lower than the required minimum (minimum: 1, found: 0), numeric instance is lower than the required minimum (minimum: 1, found: 0)]',
    ],
    [{ items: { type: 'string' } }, '["a","b"]', undefined],
    [object, '{"a":1', '[Unknown error parsing request body]'],
  ])('%j refuses %s', (schema, body, said) => {
    expect(errors(schema, body)).toBe(said)
  })
})

describe('references', () => {
  const url = 'https://apigateway.amazonaws.com/restapis/abc123/models'

  test('to definitions, to itself, to other models and their definitions', () => {
    const tree = {
      properties: {
        left: { $ref: '#' },
        name: { $ref: '#/definitions/na~1me' },
        pet: { $ref: `${url}/Pet` },
      },
      additionalProperties: false,
      definitions: { 'na/me': { type: 'string' } },
    }
    const models = {
      Pet: {
        required: ['id'],
        properties: { id: { $ref: `${url}/Ids#/definitions/id` }, child: { $ref: `${url}/Pet` } },
      },
      Ids: { definitions: { id: { type: 'integer' } } },
    }
    const validate = compiled(tree, models)
    expect(validate('{"left":{"left":{"name":"x"}},"pet":{"id":1,"child":{"id":2}}}')).toBeUndefined()
    expect(validate('{"left":{"left":{"nome":"x"}}}')).toEqual([
      'object instance has properties which are not allowed by the schema: ["nome"]',
    ])
    expect(validate('{"pet":{"id":1,"child":{}}}')).toEqual([
      'object has missing required properties (["id"])',
    ])
    expect(validate('{"pet":{"id":"x"}}')).toHaveLength(1)
  })

  test.each<[schema: object, said: string]>([
    [{ $ref: `${url}/None` }, 'there is no model None: create it first'],
    [{ $ref: '#/definitions/x' }, 'there is no schema at "#/definitions/x"'],
    [{ $ref: 'file:///etc/passwd' }, 'expected #/definitions/{name} or https://apigateway'],
    [{ $ref: '#' }, 'comes back to itself without end'],
    [{ anyOf: [{ type: 'string' }, { $ref: '#' }] }, 'comes back to itself without end'],
    [{ $ref: 7 }, 'expected a reference in a string'],
  ])('%j: %s', (schema, said) => {
    const { validate, diagnostics } = compileSchema(JSON.stringify(schema), noModels)
    expect(validate).toBeUndefined()
    expect(diagnostics[0]?.message).toContain(said)
  })
})

describe('what is not draft 4 is told with its place', () => {
  test.each<[text: string, where: string, line: number, column: number, said: string]>([
    ['{\n "type": "objekt"\n}', '/type', 2, 10, 'found "objekt", expected one of array, boolean'],
    ['{"properties":{"a/b":{"type":\n7}}}', '/properties/a~1b/type', 2, 1, 'found 7'],
    ['{"required":[]}', '/required', 1, 13, 'at least one property name'],
    ['{"required":true}', '/required', 1, 13, 'at least one property name'],
    ['{"exclusiveMinimum":5}', '/exclusiveMinimum', 1, 21, 'true or false'],
    ['{"exclusiveMinimum":true}', '', 1, 2, 'without minimum'],
    ['{"minLength":-1}', '/minLength', 1, 14, 'an integer of 0 or above'],
    ['{"multipleOf":0}', '/multipleOf', 1, 15, 'a number above 0'],
    ['{"items":7}', '/items', 1, 10, 'a schema: an object'],
    ['{"pattern":"("}', '/pattern', 1, 12, 'no regular expression'],
    ['{"patternProperties":{"(":{}}}', '/patternProperties/(', 1, 23, 'no regular expression'],
    ['{"enum":[]}', '/enum', 1, 9, 'at least one value'],
    ['{"allOf":{}}', '/allOf', 1, 10, 'a list of at least one schema'],
    ['{"$schema":"http://json-schema.org/draft-07/schema#"}', '/$schema', 1, 12, 'draft-04'],
    ['{"type":}', '', 1, 9, 'no JSON'],
    ['7', '', 1, 1, 'expected a schema'],
  ])('%s', (text, where, line, column, said) => {
    const { validate, diagnostics } = compileSchema(text, noModels)
    expect(validate).toBeUndefined()
    expect(diagnostics[0]).toMatchObject({ where, line, column })
    expect(diagnostics[0]?.message).toContain(said)
  })

  test('in another model, too', () => {
    const { diagnostics } = compileSchema(
      '{"$ref":"https://apigateway.amazonaws.com/restapis/x/models/Pet"}',
      () => '{"type":7}',
    )
    expect(diagnostics).toMatchObject([{ where: 'Pet/type', line: 1, column: 9 }])
  })
})

describe('no body and no schema holds the process', () => {
  test('a pattern that backtracks', () => {
    const validate = compiled({ pattern: '(a+)+$' })
    expect(validate(`"${'a'.repeat(40)}!"`)?.[0]).toContain('too many steps')
    expect(validate('"aaa"')).toBeUndefined()
  })

  test('a recursion that branches', () => {
    const both = { properties: { a: { $ref: '#' } }, required: ['a'] }
    const validate = compiled({ anyOf: [both, { ...both, minProperties: 1 }, { type: 'integer' }] })
    expect(validate('{"a":{"a":1}}')).toBeUndefined()
    expect(validate(`${'{"a":'.repeat(100)}"x"${'}'.repeat(100)}`)?.[0]).toContain('too many steps')
  })

  test('definitions that multiply', () => {
    const definitions = Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => {
        const next = { $ref: `#/definitions/d${at + 1}` }
        return [`d${at}`, { allOf: [next, next] }]
      }),
    )
    const validate = compiled({
      $ref: '#/definitions/d0',
      definitions: { ...definitions, d60: { type: 'string' } },
    })
    expect(validate('1')?.[0]).toContain('too many steps')
  })

  test('depth and length', () => {
    expect(compiled({})('['.repeat(100_000))).toEqual(['Unknown error parsing request body'])
    expect(compiled({ maximum: 1 })('9'.repeat(5000))?.[0]).toContain('digits')
    const nested = '{"not":'.repeat(200) + '{}' + '}'.repeat(200)
    expect(compileSchema(nested, noModels).diagnostics[0]?.message).toContain('schemas inside one another')
  })

  test('a schema’s text is never code', () => {
    const evil = '"});globalThis.broken=true;({"'
    const schema = {
      properties: { [evil]: { enum: [evil], pattern: `^${evil.replace(/[()]/g, '.')}` }, '${1}': {} },
      patternProperties: { '`\\u2028': { required: [evil] } },
      dependencies: { [evil]: [evil] },
    }
    compiled(schema)(JSON.stringify({ [evil]: 'x' }))
    expect('broken' in globalThis).toBe(false)
  })
})

describe('patterns mean what ECMA 262 says', () => {
  test.each<[pattern: string, texts: readonly string[]]>([
    ['a{,3}|(x)', ['a{,3}', 'aaa', 'x']],
    ['(a)[[]&&b', ['a[&&b', 'ab']],
    ['(a)$', ['a', 'a\n']],
    ['(a).b', ['a\u0085b', 'a\nb', 'axb']],
    ['(\\s)x', ['\u00a0x', '\ufeffx', ' x', 'x']],
    ['([\\s\\d])x', ['\u00a0x', '1x', 'ax']],
    ['(\\S)', ['\u00a0', 'a']],
    ['[^](x)', ['\nx', 'x']],
    ['([])|y', ['y', 'x']],
    ['(a|b)\\_\\/\\-', ['a_/-', 'b/']],
    ['(?<n>a)\\k<n>', ['aa', 'ab']],
    ['(?=a)(a|b)', ['a', 'b']],
    ['^[a-z]{2,4}-\\d+$', ['ab-1']],
    ['^\\w+@\\w+\\.com$', ['a@b.com', 'a@b.org']],
    ['([\\b])\\v\\0', ['\b\v\0']],
  ])('%s', (source, texts) => {
    const pattern = compileEcmaPattern(source)
    for (const text of texts)
      expect([text, pattern.test(text)]).toEqual([text, new RegExp(source).test(text)])
  })
})
