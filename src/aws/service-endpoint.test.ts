import { expect, test } from 'bun:test'
import { EndpointError, serviceEndpoint, type Environment } from './service-endpoint.ts'

const LOCAL = { AWS_ENDPOINT_URL: 'http://localhost:4566' }

/** Service, region and settings → where it is called, and what is signed. */
const rows: readonly (readonly [
  name: string,
  region: string,
  settings: Environment,
  url: string,
  scope: string,
])[] = [
  ['sqs', 'eu-west-1', {}, 'https://sqs.eu-west-1.amazonaws.com', 'eu-west-1/sqs'],
  ['sqs', 'cn-north-1', {}, 'https://sqs.cn-north-1.amazonaws.com.cn', 'cn-north-1/sqs'],
  ['sqs', 'us-isob-east-1', {}, 'https://sqs.us-isob-east-1.sc2s.sgov.gov', 'us-isob-east-1/sqs'],
  ['iam', 'eu-west-1', {}, 'https://iam.amazonaws.com', 'us-east-1/iam'],
  ['email', 'us-west-2', {}, 'https://email.us-west-2.amazonaws.com', 'us-west-2/ses'],
  ['monitoring', 'us-west-2', {}, 'https://monitoring.us-west-2.amazonaws.com', 'us-west-2/monitoring'],
  ['s3', 'us-west-2', {}, 'https://s3.us-west-2.amazonaws.com', 'us-west-2/s3'],
  ['photos.eu.s3', 'us-west-2', {}, 'https://photos.eu.s3.us-west-2.amazonaws.com', 'us-west-2/s3'],
  [
    'a1b2.execute-api',
    'us-east-1',
    {},
    'https://a1b2.execute-api.us-east-1.amazonaws.com',
    'us-east-1/execute-api',
  ],
  [
    'a1b2.appsync-api',
    'us-east-1',
    {},
    'https://a1b2.appsync-api.us-east-1.amazonaws.com',
    'us-east-1/appsync',
  ],
  [
    'runtime.sagemaker',
    'us-east-1',
    {},
    'https://runtime.sagemaker.us-east-1.amazonaws.com',
    'us-east-1/sagemaker',
  ],
  [
    'streams.dynamodb',
    'us-east-1',
    {},
    'https://streams.dynamodb.us-east-1.amazonaws.com',
    'us-east-1/dynamodb',
  ],
  ['iotdata', 'us-east-1', {}, 'https://data-ats.iot.us-east-1.amazonaws.com', 'us-east-1/iotdata'],
  ['sync-states', 'us-east-1', {}, 'https://sync-states.us-east-1.amazonaws.com', 'us-east-1/states'],
  ['new-service', 'us-east-1', {}, 'https://new-service.us-east-1.amazonaws.com', 'us-east-1/new-service'],
  ['sqs', 'us-east-1', LOCAL, 'http://localhost:4566', 'us-east-1/sqs'],
  ['iam', 'eu-west-1', LOCAL, 'http://localhost:4566', 'us-east-1/iam'],
  ['photos.s3', 'us-east-1', LOCAL, 'http://localhost:4566/photos', 'us-east-1/s3'],
  [
    'sqs',
    'us-east-1',
    { ...LOCAL, AWS_ENDPOINT_URL_SQS: 'http://queue:9324/x/' },
    'http://queue:9324/x',
    'us-east-1/sqs',
  ],
  ['states', 'us-east-1', { AWS_ENDPOINT_URL_SFN: 'http://sfn:8083' }, 'http://sfn:8083', 'us-east-1/states'],
  ['events', 'us-east-1', { AWS_ENDPOINT_URL_EVENTBRIDGE: 'http://bus' }, 'http://bus', 'us-east-1/events'],
  [
    'new-service',
    'us-east-1',
    { AWS_ENDPOINT_URL_NEW_SERVICE: 'http://new' },
    'http://new',
    'us-east-1/new-service',
  ],
  [
    'sqs',
    'us-east-1',
    { AWS_ENDPOINT_URL_SNS: 'http://topics' },
    'https://sqs.us-east-1.amazonaws.com',
    'us-east-1/sqs',
  ],
  ['sqs', 'us-east-1', { AWS_ENDPOINT_URL_SQS: '' }, 'https://sqs.us-east-1.amazonaws.com', 'us-east-1/sqs'],
  [
    'sqs',
    'us-east-1',
    { ...LOCAL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
    'https://sqs.us-east-1.amazonaws.com',
    'us-east-1/sqs',
  ],
]

for (const [name, region, settings, url, scope] of rows) {
  test(`${name} in ${region} with ${Object.keys(settings).join(' and ') || 'no setting'}`, () => {
    const { origin, pathPrefix, signingRegion, signingName } = serviceEndpoint(name, region, settings)
    expect(`${origin}${pathPrefix} ${signingRegion}/${signingName}`).toBe(`${url} ${scope}`)
  })
}

test('a subdomain is named to a configured endpoint, not looked up', () => {
  expect(serviceEndpoint('a1b2.execute-api', 'us-east-1', LOCAL)).toMatchObject({
    origin: 'http://localhost:4566',
    host: 'a1b2.localhost:4566',
  })
})

test('AWS is AWS, also where a setting names it', () => {
  const isAws = (settings: Environment): boolean => serviceEndpoint('sqs', 'us-east-1', settings).isAws
  expect(isAws({})).toBe(true)
  expect(isAws(LOCAL)).toBe(false)
  expect(isAws({ AWS_ENDPOINT_URL_SQS: 'https://vpce-1.sqs.us-east-1.vpce.amazonaws.com' })).toBe(true)
  expect(isAws({ AWS_ENDPOINT_URL_SQS: 'https://amazonaws.com.example' })).toBe(false)
})

test('a setting that is no URL is named', () => {
  for (const text of ['localhost:4566', 'ftp://sqs', 'sqs']) {
    expect(() => serviceEndpoint('sqs', 'us-east-1', { AWS_ENDPOINT_URL_SQS: text })).toThrow(
      new EndpointError(
        `AWS_ENDPOINT_URL_SQS: found ${JSON.stringify(text)}, expected a URL such as http://localhost:8000`,
      ),
    )
  }
})
