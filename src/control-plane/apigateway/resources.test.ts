import { test } from 'bun:test'
import { playCalls, withApi, withMethod, type PlayedCall } from '../../../test/support/play-calls.ts'

const created = (parentId: string, pathPart: string, as: string): PlayedCall => ({
  call: 'CreateResource',
  with: { restApiId: '$api.id', parentId, pathPart },
  as,
  has: { pathPart, parentId },
})

const notCreated = (parentId: string, pathPart: string, code: string, message: string): PlayedCall => ({
  call: 'CreateResource',
  with: { restApiId: '$api.id', parentId, pathPart },
  fails: [code, message],
})

const patch = (resourceId: string, ...patchOperations: object[]): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateResource',
  with: { restApiId: '$api.id', resourceId, patchOperations },
})

const root = '$api.rootResourceId'
const bad = 'BadRequestException'
const partMessage =
  "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end."

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a tree, listed by path and in pages': [
    ...withApi,
    created(root, '{proxy+}', 'proxy'),
    created(root, 'parent', 'parent'),
    created('$parent.id', 'child', 'child'),
    created('$child.id', '{proxy+}', 'deep'),
    {
      call: 'GetResources',
      with: { restApiId: '$api.id' },
      gives: {
        items: [
          { id: root, path: '/' },
          { id: '$parent.id', parentId: root, path: '/parent', pathPart: 'parent' },
          { id: '$child.id', parentId: '$parent.id', path: '/parent/child', pathPart: 'child' },
          { id: '$deep.id', parentId: '$child.id', path: '/parent/child/{proxy+}', pathPart: '{proxy+}' },
          { id: '$proxy.id', parentId: root, path: '/{proxy+}', pathPart: '{proxy+}' },
        ],
      },
    },
    { call: 'GetResources', with: { restApiId: '$api.id', limit: 4 }, as: 'page' },
    {
      call: 'GetResources',
      with: { restApiId: '$api.id', limit: 4, position: '$page.position' },
      gives: { items: [{ id: '$proxy.id', parentId: root, path: '/{proxy+}', pathPart: '{proxy+}' }] },
    },
  ],
  'the rules of the tree': [
    ...withApi,
    created(root, 'pets', 'pets'),
    created(root, '{proxy+}', 'proxy'),
    notCreated(
      root,
      'pets',
      'ConflictException',
      'Another resource with the same parent already has this name: pets',
    ),
    notCreated(
      root,
      '{proxy+}',
      'ConflictException',
      'Another resource with the same parent already has this name: {proxy+}',
    ),
    notCreated(
      root,
      '{id}',
      bad,
      'A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed',
    ),
    notCreated(
      '$proxy.id',
      'x',
      bad,
      'Cannot create a child of a resource with a greedy path variable: {proxy+}',
    ),
    notCreated('nowhere', 'x', 'NotFoundException', 'Invalid Resource identifier specified'),
    notCreated(root, '', bad, "Resource's path part must be specified"),
    ...['a/b', 'a b', '{a', '{}', '{+}', 'a{b}', 'ü', '\\x', '..{'].map((part) =>
      notCreated(root, part, bad, partMessage),
    ),
    created('$pets.id', '{id}', 'id'),
    created(root, 'events:batch', 'colon'),
  ],
  'deleting takes the subtree, and frees its names': [
    ...withApi,
    created(root, 'pets', 'pets'),
    created('$pets.id', 'dogs', 'dogs'),
    created(root, 'petshop', 'shop'),
    { call: 'DeleteResource', with: { restApiId: '$api.id', resourceId: '$pets.id' }, gives: {} },
    {
      call: 'DeleteResource',
      with: { restApiId: '$api.id', resourceId: '$dogs.id' },
      fails: ['NotFoundException', 'Invalid Resource identifier specified'],
    },
    {
      call: 'GetResource',
      with: { restApiId: '$api.id', resourceId: '$shop.id' },
      has: { path: '/petshop' },
    },
    created(root, 'pets', 'again'),
    {
      call: 'DeleteResource',
      with: { restApiId: '$api.id', resourceId: root },
      fails: [bad, 'Root resource cannot be deleted.'],
    },
  ],
  'moving by PATCH': [
    ...withApi,
    created(root, 'pets', 'pets'),
    created('$pets.id', 'sub', 'sub'),
    created('$sub.id', 'pets', 'low'),
    {
      ...patch('$pets.id', { op: 'replace', path: '/pathPart', value: 'dogs' }),
      gives: { id: '$pets.id', parentId: root, path: '/dogs', pathPart: 'dogs' },
    },
    {
      call: 'GetResource',
      with: { restApiId: '$api.id', resourceId: '$low.id' },
      has: { path: '/dogs/sub/pets' },
    },
    created(root, 'pets', 'other'),
    {
      ...patch('$low.id', { op: 'replace', path: '/parentId', value: root }),
      fails: ['ConflictException', 'Another resource with the same parent already has this name: pets'],
    },
    {
      ...patch('$pets.id', { op: 'replace', path: '/parentId', value: '$sub.id' }),
      fails: [bad, 'Resources cannot be cyclical.'],
    },
    {
      ...patch('$pets.id', { op: 'replace', path: '/parentId', value: '$pets.id' }),
      fails: [bad, 'Resources cannot be cyclical.'],
    },
    {
      ...patch('$sub.id', { op: 'replace', path: '/parentId', value: root }),
      has: { path: '/sub', parentId: root },
    },
    { ...patch('$sub.id', { op: 'replace', path: '/pathPart', value: '{id}' }), has: { path: '/{id}' } },
    { ...patch('$sub.id', { op: 'replace', path: '/pathPart', value: '{key}' }), has: { path: '/{key}' } },
    {
      ...patch('$sub.id', { op: 'replace', path: '/pathPart', value: '{key+}' }),
      fails: [bad, 'Cannot create a child of a resource with a greedy path variable: {key+}'],
    },
  ],
  'patches that are refused': [
    ...withApi,
    created(root, 'pets', 'pets'),
    {
      ...patch(root, { op: 'replace', path: '/pathPart', value: 'x' }),
      fails: [bad, 'Root resource cannot update its pathPart.'],
    },
    {
      ...patch(root, { op: 'replace', path: '/parentId', value: 'x' }),
      fails: [bad, 'Root resource cannot update its parentId.'],
    },
    {
      ...patch('$pets.id', { op: 'replace', path: '/invalid', value: 'x' }),
      fails: [
        bad,
        "Invalid patch path  '/invalid' specified for op 'replace'. Must be one of: [/parentId, /pathPart]",
      ],
    },
    {
      ...patch('$pets.id', { op: 'remove', path: '/pathPart' }),
      fails: [
        bad,
        "Invalid patch path  '/pathPart' specified for op 'remove'. Please choose supported operations",
      ],
    },
    {
      ...patch('$pets.id', { op: 'replace', path: '/parentId', value: 'nowhere' }),
      fails: ['NotFoundException', 'Invalid Resource identifier specified'],
    },
  ],
  'methods are embedded when asked for': [
    ...withMethod,
    {
      call: 'GetResources',
      with: { restApiId: '$api.id' },
      gives: { items: [{ id: root, path: '/', resourceMethods: { GET: {} } }] },
    },
    {
      call: 'GetResources',
      with: { restApiId: '$api.id', embed: ['methods'] },
      gives: {
        items: [
          {
            id: root,
            path: '/',
            resourceMethods: { GET: { httpMethod: 'GET', authorizationType: 'NONE', apiKeyRequired: false } },
          },
        ],
      },
    },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))
