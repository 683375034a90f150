import { expect, test } from 'bun:test'
import type { PortalSite } from '#model/portal.ts'
import { searchSite } from './search-site.ts'

const endpoint = { restApiId: 'api', stage: 'prod', method: 'GET', path: '/dogs/{dogId}' }
const site: PortalSite = {
  made: 0,
  content: {
    displayName: 'Pets',
    customColors: {
      accentColor: '',
      backgroundColor: '',
      errorValidationColor: '',
      headerColor: '',
      navigationColor: '',
      textColor: '',
    },
  },
  products: [
    {
      id: 'p1',
      name: 'Adoption',
      description: 'Meet dogs',
      pages: [{ id: 'terms', title: 'Terms', body: `${'x '.repeat(200)}No Hamsters, please` }],
      sections: [
        {
          name: '',
          endpoints: [
            {
              id: 'e1',
              name: 'View dogs',
              endpoint,
              canTry: true,
              schemas: {},
              operation: { parameters: [{ name: 'color' }] },
            },
          ],
        },
      ],
    },
  ],
}
const cases: Readonly<Record<string, readonly string[]>> = {
  dogs: ['View dogs', 'Adoption'],
  'HAMSTERS no': ['Terms'],
  'get dogid': ['View dogs'],
  color: ['View dogs'],
  'adoption view': ['View dogs'],
  cats: [],
  ' ': [],
}

for (const [words, titles] of Object.entries(cases)) {
  test(`search for ${JSON.stringify(words)}`, () => {
    expect(searchSite(site, words).hits.map(({ title }) => title)).toEqual([...titles])
  })
}

test('a hit shows where its words are', () => {
  expect(searchSite(site, 'hamsters').hits[0]?.about).toMatch(/^…(?:x )+No Hamsters, please$/)
})

test('hits are bounded', () => {
  const pages = Array.from({ length: 60 }, (_, at) => ({ id: `${at}`, title: 'Same', body: '' }))
  const many = { ...site, products: site.products.map((product) => ({ ...product, pages })) }
  const { hits, more } = searchSite(many, 'same')
  expect([hits.length, more]).toEqual([50, true])
})
