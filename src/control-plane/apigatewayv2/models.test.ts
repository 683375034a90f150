import { test } from 'bun:test'
import type { PlayedCall } from '../../../test/support/play-calls.ts'
import { playV2Calls, withWebSocketApi } from '../../../test/support/play-v2-calls.ts'

const bad = 'BadRequestException'
const create = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'CreateModel',
  with: { ApiId: '$api.ApiId', Name: 'Pet', Schema: schema, ...input },
})
const schema = '{"type":"object","properties":{"name":{"type":"string"},"owner":{"$ref":"https://x/Owner"}}}'
const owner = '{"type":"object","properties":{"id":{"type":"integer"}}}'
const update = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateModel',
  with: { ApiId: '$api.ApiId', ModelId: '$model.ModelId', ...input },
})
const one = { ApiId: '$api.ApiId', ModelId: '$model.ModelId' }
const made = { ModelId: '$model.ModelId', Name: 'Pet', ContentType: 'application/json', Schema: schema }
const gone: readonly [string, string] = [
  'NotFoundException',
  'Invalid Model identifier specified $model.ModelId',
]

const plays: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a model is made, read, changed and deleted': [
    ...withWebSocketApi,
    { ...create({ Description: 'a pet' }), as: 'model' },
    { call: 'GetModel', with: one, gives: { ...made, Description: 'a pet' } },
    {
      call: 'GetModels',
      with: { ApiId: '$api.ApiId' },
      gives: { Items: [{ ...made, Description: 'a pet' }] },
    },
    { ...update({ Name: 'Dog', Description: '' }), gives: { ...made, Name: 'Dog' } },
    { ...update({ Name: '' }), fails: [bad, 'Model name must be non-empty'] },
    { call: 'DeleteModel', with: one },
    { call: 'GetModel', with: one, fails: gone },
  ],
  'a template shows the structure of a model, and of those that it names': [
    ...withWebSocketApi,
    { ...create({}), as: 'model' },
    create({ Name: 'Owner', Schema: owner }),
    {
      call: 'GetModelTemplate',
      with: one,
      gives: {
        Value:
          '#set($inputRoot = $input.path(\'$\'))\n{\n  "name" : "foo",\n  "owner" : {\n    "id" : 42\n  }\n}',
      },
    },
  ],
  'names are there once': [
    ...withWebSocketApi,
    create({}),
    { ...create({}), fails: ['ConflictException', 'Model name already exists for this API'] },
  ],
}
for (const [name, calls] of Object.entries(plays)) test(name, () => playV2Calls(calls))

const refused: readonly (readonly [input: object, message: string])[] = [
  [{ Name: '' }, 'Model name must be non-empty'],
  [{ Name: 'my-pet' }, 'Model name must be alphanumeric: my-pet'],
  [{ Name: 'n'.repeat(129) }, 'Invalid name specified: expected at most 128 characters, found 129'],
  [{ Schema: ' ' }, 'Model schema must have at least 1 property or array items defined'],
  [
    { Schema: `"${'s'.repeat(32_767)}"` },
    'Invalid schema specified: expected at most 32768 characters, found 32769',
  ],
  [
    { ContentType: 'c'.repeat(257) },
    'Invalid contentType specified: expected at most 256 characters, found 257',
  ],
]
test.each(refused)('refuses a model, row %#', (input, message) =>
  playV2Calls([...withWebSocketApi, { ...create(input), fails: [bad, message] }]),
)
