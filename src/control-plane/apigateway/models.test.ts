import { test } from 'bun:test'
import { playCalls, withApi, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const noSchema = 'Model schema must have at least 1 property or array items defined'
const pet = {
  restApiId: '$api.id',
  name: 'Pet',
  contentType: 'application/json',
  schema: '{"type":"object"}',
}
const withModel: readonly PlayedCall[] = [...withApi, { call: 'CreateModel', with: pet, as: 'model' }]
const validator = { restApiId: '$api.id', requestValidatorId: '$validator.id' }
const noValidator = 'Invalid Request Validator identifier specified'

const patch = (
  call: string,
  id: object,
  op: string,
  path: string,
  value?: string,
): Omit<PlayedCall, 'gives'> => ({
  call,
  with: { ...id, patchOperations: [{ op, path, value }] },
})

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a model from creation to deletion': [
    ...withModel,
    {
      call: 'GetModel',
      with: { restApiId: '$api.id', modelName: 'Pet' },
      gives: { id: '$model.id', name: 'Pet', contentType: 'application/json', schema: '{"type":"object"}' },
    },
    {
      ...patch('UpdateModel', { restApiId: '$api.id', modelName: 'Pet' }, 'replace', '/schema', '{}'),
      has: { schema: '{}' },
    },
    {
      call: 'GetModelTemplate',
      with: { restApiId: '$api.id', modelName: 'Pet' },
      gives: { value: "#set($inputRoot = $input.path('$'))\n{ }" },
    },
    {
      call: 'GetModelTemplate',
      with: { restApiId: '$api.id', modelName: 'None' },
      fails: [missing, 'Invalid model name specified: None'],
    },
    { call: 'DeleteModel', with: { restApiId: '$api.id', modelName: 'Pet' }, gives: {} },
    {
      call: 'GetModel',
      with: { restApiId: '$api.id', modelName: 'Pet' },
      fails: [missing, 'Invalid model name specified: Pet'],
    },
  ],
  'a model in use stays': [
    ...withModel,
    {
      call: 'PutMethod',
      with: {
        restApiId: '$api.id',
        resourceId: '$api.rootResourceId',
        httpMethod: 'ANY',
        authorizationType: 'NONE',
        requestModels: { 'application/json': 'Pet' },
      },
    },
    {
      call: 'DeleteModel',
      with: { restApiId: '$api.id', modelName: 'Pet' },
      fails: ['ConflictException', "Cannot delete model 'Pet', is referenced in method request: //ANY"],
    },
  ],
  'models that are refused': [
    ...withModel,
    {
      call: 'CreateModel',
      with: pet,
      fails: ['ConflictException', 'Model name already exists for this REST API'],
    },
    { call: 'CreateModel', with: { ...pet, name: '' }, fails: [bad, 'Model name must be non-empty'] },
    {
      call: 'CreateModel',
      with: { ...pet, name: 'a_b' },
      fails: [bad, 'Model name must be alphanumeric: a_b'],
    },
    { call: 'CreateModel', with: { ...pet, name: 'P', schema: '' }, fails: [bad, noSchema] },
    {
      call: 'CreateModel',
      with: { ...pet, restApiId: 'nowhere' },
      fails: [missing, 'Invalid API identifier specified 111111111111:nowhere'],
    },
    {
      ...patch('UpdateModel', { restApiId: '$api.id', modelName: 'Pet' }, 'add', '/wrong-path', 'x'),
      fails: [
        bad,
        "Invalid patch path  '/wrong-path' specified for op 'add'. Please choose supported operations",
      ],
    },
    {
      ...patch('UpdateModel', { restApiId: '$api.id', modelName: 'Pet' }, 'replace', '/name', 'x'),
      fails: [
        bad,
        "Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]",
      ],
    },
    {
      ...patch('UpdateModel', { restApiId: '$api.id', modelName: 'Pet' }, 'replace', '/schema', ''),
      fails: [bad, noSchema],
    },
  ],
  'a validator from creation to deletion': [
    ...withApi,
    {
      call: 'CreateRequestValidator',
      with: { restApiId: '$api.id', name: 'v' },
      as: 'validator',
      gives: { id: '$validator.id', name: 'v', validateRequestBody: false, validateRequestParameters: false },
    },
    {
      ...patch('UpdateRequestValidator', validator, 'replace', '/validateRequestBody', 'true'),
      has: { validateRequestBody: true },
    },
    {
      ...patch('UpdateRequestValidator', validator, 'replace', '/validateRequestBody'),
      has: { validateRequestBody: false },
    },
    {
      ...patch('UpdateRequestValidator', validator, 'replace', '/x', 'y'),
      fails: [
        bad,
        "Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/name, /validateRequestParameters, /validateRequestBody]",
      ],
    },
    {
      ...patch('UpdateRequestValidator', validator, 'replace', '/name', ''),
      fails: [bad, 'Request Validator name cannot be blank'],
    },
    { call: 'GetRequestValidators', with: { restApiId: '$api.id' }, has: { items: [{ name: 'v' }] } },
    { call: 'DeleteRequestValidator', with: validator, gives: {} },
    { call: 'GetRequestValidator', with: validator, fails: [missing, noValidator] },
    {
      call: 'CreateRequestValidator',
      with: { restApiId: 'nowhere', name: 'v' },
      fails: [bad, 'Invalid REST API identifier specified'],
    },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))
