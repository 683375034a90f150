import { describe, expect, test } from 'bun:test'
import type { SiteEndpoint, SiteProduct } from '#model/portal.ts'
import { endpointPage } from './endpoint-page.ts'
import type { Shown } from './layout.ts'

const customColors = {
  accentColor: '',
  backgroundColor: '',
  errorValidationColor: '',
  headerColor: '',
  navigationColor: '',
  textColor: '',
}
const shown: Shown = {
  site: { made: 0, content: { displayName: 'Pets', customColors }, products: [] },
  base: '',
  isPreview: false,
  stageAddress: (api, stage) => `https://${api}.example.com/${stage}`,
}
const product: SiteProduct = { id: 'p', name: 'Pets', pages: [], sections: [] }
const pet = { type: 'object', properties: { name: { type: 'string' } } }

function pageOf(more: Partial<SiteEndpoint> = {}, how: Partial<Shown> = {}): string {
  const endpoint: SiteEndpoint = {
    id: 'e',
    name: 'Everything',
    endpoint: { restApiId: 'api', stage: 'prod', method: 'ANY', path: '/{owner}/{proxy+}' },
    canTry: true,
    operation: {
      parameters: [{ name: 'owner', in: 'path', required: true, description: 'Whose' }],
      requestBody: { content: { 'application/xml': { schema: { $ref: '#/components/schemas/Pet' } } } },
      responses: { 201: { description: 'Made', headers: { Location: { description: 'Where' } } } },
      security: [{ key: [] }],
      deprecated: true,
    },
    schemas: { Pet: pet },
    ...more,
  }
  return endpointPage({ ...shown, ...how }, product, endpoint).main.text.replaceAll(/\s+/g, ' ')
}

const get: SiteEndpoint['endpoint'] = { restApiId: 'api', stage: 'prod', method: 'GET', path: '/pets' }
const has: Readonly<Record<string, readonly [page: string, texts: readonly string[]]>> = {
  'where it is': [pageOf(), ['<code>https://api.example.com/prod/{owner}/{proxy+}</code>']],
  'another address that its owner says': [
    pageOf({ address: 'https://pets.example.com/v1' }),
    ['<code>https://pets.example.com/v1/{owner}/{proxy+}</code>', 'data-base="https://pets.example.com/v1"'],
  ],
  'what is said of it': [
    pageOf(),
    ['Deprecated', 'Needs <code>key</code>', 'Whose', 'Made', 'Location', 'Where'],
  ],
  'its models, with an example': [pageOf(), ['id="model-Pet"', '&quot;name&quot;: &quot;string&quot;']],
  'a form for all that it takes': [
    pageOf(),
    [
      'data-base="/_try/api/prod"',
      '<option>DELETE</option>',
      'name="owner" data-in="path" required',
      'name="proxy" data-in="path" required',
      'value="application/xml"',
      '<textarea name="body" spellcheck="false">{ &quot;name&quot;: &quot;string&quot; }</textarea>',
    ],
  ],
}
const lacks: Readonly<Record<string, readonly [page: string, text: string]>> = {
  'a body where there is none': [pageOf({ endpoint: get }), 'name="body"'],
  'a choice of methods where there is one': [pageOf({ endpoint: get }), '<select'],
  'a form where its owner wants none': [pageOf({ canTry: false }), 'Try it'],
  'a form in a preview': [pageOf({}, { isPreview: true }), '<form'],
}

describe('the page of an endpoint has', () => {
  for (const [title, [page, texts]] of Object.entries(has)) {
    test(title, () => {
      for (const text of texts) expect(page).toContain(text)
    })
  }
})

describe('the page of an endpoint has not', () => {
  for (const [title, [page, text]] of Object.entries(lacks)) {
    test(title, () => expect(page).not.toContain(text))
  }
})
