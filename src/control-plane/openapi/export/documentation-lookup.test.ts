import { describe, expect, test } from 'bun:test'
import type { DocumentationLocation } from '#model/documentation.ts'
import { lookUpDocumentation, type DocumentationLookup } from './documentation-lookup.ts'

/** Parts as a version keeps them: the root path is always there. */
function lookup(...parts: readonly (readonly [DocumentationLocation, object])[]): DocumentationLookup {
  return lookUpDocumentation({
    version: '1',
    createdDate: 0,
    parts: parts.map(([location, properties], at) => ({
      id: `part${at}`,
      location,
      properties: JSON.stringify(properties),
    })),
  })
}

describe('a part is inherited', () => {
  // Each part's description is its own place.
  const part = (location: DocumentationLocation): readonly [DocumentationLocation, object] => [
    location,
    { description: [location.path, location.method, location.statusCode, location.name].join(' ') },
  ]
  const documentation = lookup(
    part({ type: 'METHOD', path: '/' }),
    part({ type: 'METHOD', path: '/', method: 'GET' }),
    part({ type: 'METHOD', path: '/pets', method: '*' }),
    part({ type: 'METHOD', path: '/pets/{id}', method: 'PUT' }),
    part({ type: 'RESPONSE', path: '/', statusCode: '400' }),
    part({ type: 'RESPONSE', path: '/pets', statusCode: '*' }),
    part({ type: 'RESPONSE', path: '/pets', method: 'GET' }),
    part({ type: 'RESPONSE', path: '/pets', method: 'GET', statusCode: '200' }),
    part({ type: 'QUERY_PARAMETER', path: '/pets', name: 'page' }),
    part({ type: 'RESOURCE', path: '/' }),
  )
  const cases: readonly [DocumentationLocation, string | undefined][] = [
    [{ type: 'METHOD', path: '/', method: 'GET' }, '/ GET  '],
    [{ type: 'METHOD', path: '/', method: 'PUT' }, '/   '],
    [{ type: 'METHOD', path: '/cats', method: 'GET' }, '/ GET  '],
    [{ type: 'METHOD', path: '/petshop', method: 'PUT' }, '/   '],
    // The path counts for more than the method.
    [{ type: 'METHOD', path: '/pets', method: 'GET' }, '/pets *  '],
    [{ type: 'METHOD', path: '/pets/{id}', method: 'GET' }, '/pets *  '],
    [{ type: 'METHOD', path: '/pets/{id}', method: 'PUT' }, '/pets/{id} PUT  '],
    [{ type: 'METHOD', path: '/pets/{id}/toys', method: 'PUT' }, '/pets/{id} PUT  '],
    [{ type: 'RESPONSE', path: '/', method: 'GET', statusCode: '400' }, '/  400 '],
    [{ type: 'RESPONSE', path: '/', method: 'GET', statusCode: '200' }, undefined],
    [{ type: 'RESPONSE', path: '/pets', method: 'PUT', statusCode: '400' }, '/pets  * '],
    [{ type: 'RESPONSE', path: '/pets/{id}', method: 'GET', statusCode: '400' }, '/pets GET  '],
    [{ type: 'RESPONSE', path: '/pets/{id}', method: 'GET', statusCode: '200' }, '/pets GET 200 '],
    [{ type: 'QUERY_PARAMETER', path: '/pets/{id}', method: 'GET', name: 'page' }, '/pets   page'],
    [{ type: 'QUERY_PARAMETER', path: '/pets', method: 'GET', name: 'size' }, undefined],
    [{ type: 'QUERY_PARAMETER', path: '/', method: 'GET', name: 'page' }, undefined],
  ]
  for (const [location, expected] of cases) {
    test(`${Object.values(location).join(' ')}: ${expected}`, () => {
      expect(documentation.of(location)['description']).toBe(expected)
    })
  }

  test('whole: what a more general one says besides does not show', () => {
    const found = lookup(
      [
        { type: 'METHOD', path: '/' },
        { summary: 'general', description: 'general' },
      ],
      [{ type: 'METHOD', path: '/pets' }, { summary: 'special' }],
    ).of({ type: 'METHOD', path: '/pets', method: 'GET' })
    expect(found).toEqual({ summary: 'special' })
  })

  test('but not by resources, models and authorizers', () => {
    const found = lookup([{ type: 'RESOURCE', path: '/' }, { 'x-bar': 1 }])
    expect(found.of({ type: 'RESOURCE', path: '/' })).toEqual({ 'x-bar': 1 })
    expect(found.of({ type: 'RESOURCE', path: '/pets' })).toEqual({})
  })
})

test('what OpenAPI does not have there, or not as such a value, stays out', () => {
  const properties = {
    tags: ['a', 1],
    summary: 'short',
    description: { no: 'text' },
    deprecated: true,
    foo: 'mine',
    info: { description: 'of info' },
    constructor: 'x',
    'x-mine': { any: 'thing' },
    'x-amazon-apigateway-integration': { type: 'http', uri: 'http://elsewhere.example' },
  }
  const found = lookup([{ type: 'METHOD', path: '/' }, properties], [{ type: 'API' }, properties])
  expect(found.of({ type: 'METHOD', path: '/', method: 'GET' })).toEqual({
    summary: 'short',
    deprecated: true,
    'x-mine': { any: 'thing' },
  })
  expect(found.of({ type: 'API' })).toEqual({ 'x-mine': { any: 'thing' } })
  expect(found.info).toEqual({ description: 'of info' })
})

test('without a version nothing is said', () => {
  const none = lookUpDocumentation(undefined)
  expect(none.of({ type: 'API' })).toEqual({})
  expect(none.info).toEqual({})
})
