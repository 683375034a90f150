import Ajv from 'ajv-draft-04'
import { compileSchema, type ValidateBody } from '#languages/json-schema/compile.ts'
import { compilePolicy, type EvaluatePolicy } from '#languages/policy/compile.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import { requestContext } from '#languages/policy/request.ts'
import type { LanguageCase } from './language-case.ts'

const API = 'arn:aws:execute-api:eu-west-1:111122223333:abcde12345'

/** Twenty statements, of which the last but one allows. */
function policy(): EvaluatePolicy {
  const statements = Array.from({ length: 20 }, (_, at) => ({
    Sid: `S${at}`,
    Effect: at % 5 === 4 ? 'Deny' : 'Allow',
    Principal: at % 2 === 0 ? '*' : { AWS: ['111122223333', 'arn:aws:iam::111122223333:role/Reader'] },
    Action: at % 3 === 0 ? 'execute-api:*' : 'execute-api:Invoke',
    Resource: at === 18 ? `${API}/*/GET/pets/*` : [`${API}/*/GET/shop${at}/*`, `${API}/prod/POST/shop${at}`],
    Condition: {
      IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '203.0.113.0/24'] },
      Bool: { 'aws:SecureTransport': 'true' },
    },
  }))
  const { policy: read } = readPolicy(
    JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    policyKinds.resource,
  )
  if (read === undefined) throw new Error('the policy cannot be read')
  return compilePolicy(read)
}

const request = {
  principal: { arn: 'arn:aws:iam::111122223333:user/bob', account: '111122223333' },
  action: 'execute-api:Invoke',
  resource: `${API}/prod/GET/pets/17`,
  context: requestContext({
    'aws:SourceIp': '203.0.113.9',
    'aws:SecureTransport': 'true',
    'aws:username': 'bob',
  }),
}

const schema = {
  type: 'object',
  required: ['id', 'name', 'tags'],
  properties: {
    id: { type: 'integer', minimum: 1 },
    name: { type: 'string', minLength: 1, maxLength: 64, pattern: '^[A-Za-z ]+$' },
    status: { enum: ['available', 'pending', 'sold'] },
    tags: {
      type: 'array',
      maxItems: 10,
      items: { type: 'object', properties: { name: { type: 'string' } } },
    },
  },
  additionalProperties: false,
}
const body = JSON.stringify({
  id: 17,
  name: 'Rex the Dog',
  status: 'available',
  tags: [{ name: 'brown' }, { name: 'small' }, { name: 'loud' }],
})

function model(): ValidateBody {
  const { validate } = compileSchema(JSON.stringify(schema), () => undefined)
  if (validate === undefined) throw new Error('the schema cannot be read')
  return validate
}

const evaluate = policy()
const validate = model()
const ajv = new Ajv({ strict: false, ownProperties: true }).compile(schema)

export const policyCases: readonly LanguageCase[] = [
  { name: 'policy-20', title: 'a policy of 20 statements', run: () => evaluate(request), peers: [] },
  {
    name: 'model',
    title: 'a body that its model allows, JSON read',
    run: () => validate(body),
    peers: [{ name: 'ajv', run: () => ajv(JSON.parse(body)) }],
  },
]
