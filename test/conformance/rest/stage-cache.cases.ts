import type { MethodSetting } from '#model/rest-api.ts'
import type { CountedAnswer } from './support/counting-backend.ts'
import { lambdaProxy, mock, type ApiDefinition, type IntegrationDefinition } from './support/definition.ts'
import type { RawRequest } from './support/raw-http.ts'

/** One request, and which request of the backend its answer is of; or what else it is. */
export interface CachedRequest extends Partial<RawRequest> {
  readonly body?: string
  readonly gives: string | number
  readonly status?: number
  /** undefined: the answer has no such header. */
  readonly header?: Readonly<Record<string, string | undefined>>
}

export interface StageCacheCase {
  readonly name: string
  readonly api: ApiDefinition
  /** How the backend answers. */
  readonly answer?: CountedAnswer
  readonly requests: readonly CachedRequest[]
}

export function setting(more: Partial<MethodSetting> = {}): MethodSetting {
  return {
    metricsEnabled: false,
    dataTraceEnabled: false,
    cachingEnabled: true,
    cacheTtlInSeconds: 300,
    cacheDataEncrypted: false,
    requireAuthorizationForCacheControl: true,
    unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
    ...more,
  }
}

type Settings = Readonly<Record<string, MethodSetting>>
const EVERYWHERE: Settings = { '*/*': setting() }

/** HTTP_PROXY to the backend, at a path. */
export function proxied(
  integration: Partial<IntegrationDefinition> = {},
  path: string = '/x',
  verb: string = 'GET',
): ApiDefinition['paths'] {
  const uri = 'http://backend.test/'
  return {
    [path]: { [verb]: { integration: { type: 'HTTP_PROXY', httpMethod: 'ANY', uri, ...integration } } },
  }
}

export function cached(paths: ApiDefinition['paths'], methodSettings: Settings = EVERYWHERE): ApiDefinition {
  return { paths, stage: { cacheClusterEnabled: true, cacheClusterSize: '0.5', methodSettings } }
}

const MAX_AGE_0 = ['Cache-Control: max-age=0']
const REFUSED = '{"Message":"User is not authorized to access this resource"}'
const WARNING = '199 Cache-control headers were ignored because the caller was unauthorized.'
const guarded = (strategy: string): Settings => ({
  '*/*': setting({ unauthorizedCacheControlHeaderStrategy: strategy }),
})
const open: Settings = { '*/*': setting({ requireAuthorizationForCacheControl: false }) }
const key = (...cacheKeyParameters: string[]): ApiDefinition => cached(proxied({ cacheKeyParameters }))
const allow = (Action: string): object => ({ Effect: 'Allow', Principal: '*', Action, Resource: '*' })

export const stageCacheCases: readonly StageCacheCase[] = [
  {
    name: 'the second of two requests gets the answer of the first',
    api: cached(proxied()),
    answer: { headers: ['Content-Type', 'text/plain', 'X-Own', 'a', 'X-Own', 'b'] },
    requests: [
      {
        gives: 1,
        header: { 'content-type': 'text/plain', 'x-own': 'a', 'x-cache': undefined, age: undefined },
      },
      {
        gives: 1,
        header: { 'content-type': 'text/plain', 'x-own': 'a', 'x-cache': undefined, age: undefined },
      },
    ],
  },
  {
    name: 'without a cluster nothing is cached',
    api: { ...cached(proxied()), stage: { methodSettings: EVERYWHERE } },
    requests: [{ gives: 1 }, { gives: 2 }],
  },
  {
    name: 'nor where the method says no',
    api: cached(proxied(), { ...EVERYWHERE, 'x/GET': setting({ cachingEnabled: false }) }),
    requests: [{ gives: 1 }, { gives: 2 }],
  },
  {
    name: 'nor without a setting',
    api: cached(proxied(), {}),
    requests: [{ gives: 1 }, { gives: 2 }],
  },
  {
    name: 'nor with a TTL of 0',
    api: cached(proxied(), { '*/*': setting({ cacheTtlInSeconds: 0 }) }),
    requests: [{ gives: 1 }, { gives: 2 }],
  },
  {
    name: 'the settings of all methods cache GET alone',
    api: cached({ ...proxied({}, '/x', 'POST'), ...proxied({}, '/any', 'ANY') }),
    requests: [
      { method: 'POST', target: '/x', gives: 1 },
      { method: 'POST', target: '/x', gives: 2 },
      { method: 'PUT', target: '/any', gives: 3 },
      { method: 'PUT', target: '/any', gives: 4 },
      { target: '/any', gives: 5 },
      { target: '/any', gives: 5 },
    ],
  },
  {
    name: 'the settings of a method cache any verb; verbs have answers of their own',
    api: cached(proxied({}, '/x', 'ANY'), { 'x/POST': setting(), 'x/GET': setting() }),
    requests: [
      { method: 'POST', gives: 1 },
      { gives: 2 },
      { method: 'POST', gives: 1 },
      { gives: 2 },
      { method: 'PUT', gives: 3 },
      { method: 'PUT', gives: 4 },
    ],
  },
  {
    name: 'parameters that are no cache keys change nothing, those of the path neither',
    api: cached(proxied({}, '/{id}')),
    requests: [
      { target: '/a?x=1', headers: ['X-A: 1'], gives: 1 },
      { target: '/b?x=2', headers: ['X-A: 2'], gives: 1 },
    ],
  },
  {
    name: 'a query parameter as cache key: its values, all of them, and its absence',
    api: key('method.request.querystring.type'),
    requests: [
      { target: '/x?type=a&other=1', gives: 1 },
      { target: '/x?other=2&type=a', gives: 1 },
      { target: '/x?type=b', gives: 2 },
      { target: '/x?type=', gives: 3 },
      { target: '/x', gives: 4 },
      { target: '/x?type=a&type=b', gives: 5 },
      { target: '/x?type=b&type=a', gives: 6 },
      { target: '/x?type=ab', gives: 7 },
      { target: '/x?type=b', gives: 2 },
    ],
  },
  {
    name: 'a header as cache key, however clients write its name',
    api: key('method.request.header.X-Who'),
    requests: [
      { headers: ['X-Who: a'], gives: 1 },
      { headers: ['x-who: a'], gives: 1 },
      { headers: ['X-WHO: b'], gives: 2 },
      { gives: 3 },
      { headers: ['X-Who: a', 'X-Who: b'], gives: 4 },
      { headers: ['X-Who: a,b'], gives: 5 },
    ],
  },
  {
    name: 'a path parameter as cache key, that of all further segments, too',
    api: cached({
      ...proxied({ cacheKeyParameters: ['method.request.path.id'] }, '/one/{id}'),
      ...proxied({ cacheKeyParameters: ['method.request.path.proxy'] }, '/all/{proxy+}'),
    }),
    requests: [
      { target: '/one/a', gives: 1 },
      { target: '/one/b', gives: 2 },
      { target: '/one/a', gives: 1 },
      { target: '/all/a/b', gives: 3 },
      { target: '/all/a', gives: 4 },
      { target: '/all/a/b', gives: 3 },
    ],
  },
  {
    name: 'an integration parameter as cache key is what it is mapped from',
    api: cached(
      proxied({
        requestParameters: {
          'integration.request.querystring.q': 'method.request.header.X-Q',
          'integration.request.header.X-Fixed': "'fixed'",
        },
        cacheKeyParameters: ['integration.request.querystring.q', 'integration.request.header.X-Fixed'],
      }),
    ),
    requests: [
      { headers: ['X-Q: a'], gives: 1 },
      { headers: ['X-Q: b', 'X-Fixed: c'], gives: 2 },
      { headers: ['x-q: a', 'X-Fixed: d'], gives: 1 },
    ],
  },
  {
    name: 'keys that no longer fit are told apart all the same',
    api: key('method.request.querystring.q'),
    requests: [
      { target: `/x?q=${'a'.repeat(3000)}`, gives: 1 },
      { target: `/x?q=${'a'.repeat(3001)}`, gives: 2 },
      { target: `/x?q=${'a'.repeat(3000)}`, gives: 1 },
    ],
  },
  {
    name: 'resources have answers of their own, unless they share a namespace',
    api: cached({
      ...proxied({ cacheNamespace: 'a' }, '/a'),
      ...proxied({ cacheNamespace: 'b' }, '/b'),
      ...proxied({ cacheNamespace: 'a' }, '/as-a'),
    }),
    requests: [
      { target: '/a', gives: 1 },
      { target: '/b', gives: 2 },
      { target: '/as-a', gives: 1 },
    ],
  },
  {
    name: 'the API owner may leave the decision who invalidates to clients',
    api: cached(proxied(), open),
    requests: [
      { gives: 1 },
      { headers: MAX_AGE_0, gives: 2 },
      { gives: 2 },
      { headers: ['cache-control: no-transform , MAX-AGE = 0'], gives: 3, header: { warning: undefined } },
      { headers: ['Cache-Control: max-age=01'], gives: 3 },
      { headers: ['Cache-Control: s-max-age=0'], gives: 3 },
      { headers: ['Cache-Control: no-cache'], gives: 3 },
    ],
  },
  {
    name: 'who may not invalidate gets what is kept, and is told',
    api: cached(proxied(), guarded('SUCCEED_WITH_RESPONSE_HEADER')),
    requests: [
      { headers: MAX_AGE_0, gives: 1, header: { warning: WARNING } },
      { headers: MAX_AGE_0, gives: 1, header: { warning: WARNING } },
      { gives: 1, header: { warning: undefined } },
    ],
  },
  {
    name: 'or is not told',
    api: cached(proxied(), guarded('SUCCEED_WITHOUT_RESPONSE_HEADER')),
    requests: [{ gives: 1 }, { headers: MAX_AGE_0, gives: 1, header: { warning: undefined } }],
  },
  {
    name: 'or is refused',
    api: cached(proxied(), guarded('FAIL_WITH_403')),
    requests: [
      { gives: 1 },
      {
        headers: MAX_AGE_0,
        gives: REFUSED,
        status: 403,
        header: { 'x-amzn-errortype': 'AccessDeniedException' },
      },
      { gives: 1 },
    ],
  },
  {
    name: 'where nothing is cached, Cache-Control is a header as any other',
    api: {
      ...cached(proxied(), guarded('FAIL_WITH_403')),
      stage: { methodSettings: guarded('FAIL_WITH_403') },
    },
    requests: [{ headers: MAX_AGE_0, gives: 1 }],
  },
  {
    name: 'a resource policy can let everyone invalidate',
    api: {
      ...cached(proxied(), guarded('FAIL_WITH_403')),
      api: {
        policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [allow('execute-api:Invoke'), allow('execute-api:InvalidateCache')],
        }),
      },
    },
    requests: [{ gives: 1 }, { headers: MAX_AGE_0, gives: 2 }, { gives: 2 }],
  },
  {
    name: 'that it lets everyone invoke is not that',
    api: {
      ...cached(proxied(), guarded('FAIL_WITH_403')),
      api: { policy: JSON.stringify({ Version: '2012-10-17', Statement: [allow('execute-api:Invoke')] }) },
    },
    requests: [{ gives: 1 }, { headers: MAX_AGE_0, gives: REFUSED, status: 403 }],
  },
  ...[200, 201, 204].map((status): StageCacheCase => ({
    name: `an answer of ${status} is kept`,
    api: cached(proxied()),
    answer: { status, ...(status === 204 ? { body: '' } : {}) },
    requests: [
      { gives: status === 204 ? '' : 1, status, header: { 'x-number': undefined } },
      { gives: status === 204 ? '' : 1, status },
    ],
  })),
  ...[206, 301, 304, 404, 429, 500, 503].map((status): StageCacheCase => ({
    name: `an answer of ${status} is not`,
    api: cached(proxied()),
    answer: { status, headers: ['Location', '/'] },
    requests: [
      { gives: status === 304 ? '' : 1, status },
      { gives: status === 304 ? '' : 2, status },
    ],
  })),
  {
    name: 'an answer with a cookie is for one client',
    api: cached(proxied()),
    answer: { headers: ['set-cookie', 'session=1'] },
    requests: [{ gives: 1 }, { gives: 2 }],
  },
  {
    name: 'what the backend says of caches changes nothing',
    api: cached(proxied()),
    answer: { headers: ['Cache-Control', 'no-store, private', 'Expires', '0', 'Vary', 'X-Any', 'Age', '5'] },
    requests: [
      { gives: 1, header: { 'cache-control': 'no-store, private' } },
      { gives: 1, header: { age: '5' } },
    ],
  },
  {
    name: 'what the backend has compressed is given to clients that can read it',
    api: cached(proxied()),
    answer: { headers: ['Content-Encoding', 'gzip'] },
    requests: [
      { headers: ['Accept-Encoding: gzip'], gives: 1 },
      { headers: ['Accept-Encoding: br, gzip;q=0.5'], gives: 1 },
      { headers: ['Accept-Encoding: br'], gives: 2 },
      { headers: ['Accept-Encoding: gzip;q=0, *'], gives: 3 },
      { headers: ['Accept-Encoding: *'], gives: 3 },
    ],
  },
  {
    name: '1,048,576 bytes are kept',
    api: cached(proxied()),
    answer: { body: 'x'.repeat(1_048_576), headers: ['X-Large', '1'] },
    requests: [{ gives: 'x'.repeat(1_048_576) }, { gives: 'x'.repeat(1_048_576) }],
  },
  {
    name: 'with encryption, what comes back is what went in',
    api: cached(proxied(), { '*/*': setting({ cacheDataEncrypted: true }) }),
    answer: { headers: ['Content-Type', 'text/plain', 'X-Own', 'é'], status: 203 },
    requests: [
      { gives: 1, status: 203 },
      { gives: 1, status: 203, header: { 'content-type': 'text/plain', 'x-own': 'é' } },
    ],
  },
  {
    name: 'an answer of a mapping integration is kept as it was mapped, its template once evaluated',
    api: cached({
      '/x': {
        GET: {
          integration: mock('$context.requestId', { cacheKeyParameters: ['method.request.querystring.a'] }),
        },
      },
      '/y': {
        GET: {
          integration: {
            type: 'HTTP',
            httpMethod: 'GET',
            uri: 'http://backend.test/',
            integrationResponses: { 200: { responseTemplates: { 'application/json': '[$input.body]' } } },
          },
        },
      },
    }),
    requests: [
      { target: '/y', gives: '[1]', header: { 'content-type': 'application/json' } },
      { target: '/y', gives: '[1]', header: { 'content-type': 'application/json' } },
    ],
  },
  {
    name: 'answers are kept uncompressed, and compressed for who wants that',
    api: { ...cached(proxied()), api: { minimumCompressionSize: 0 } },
    requests: [
      { headers: ['Accept-Encoding: gzip'], gives: '(coded)', header: { 'content-encoding': 'gzip' } },
      { gives: 1, header: { 'content-encoding': undefined, vary: 'Accept-Encoding' } },
      { headers: ['Accept-Encoding: gzip'], gives: '(coded)', header: { 'content-encoding': 'gzip' } },
    ],
  },
  {
    name: 'an API key is asked for before the cache is',
    api: cached({
      '/x': {
        GET: {
          apiKeyRequired: true,
          integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri: 'http://backend.test/' },
        },
      },
    }),
    requests: [{ gives: '{"message":"Forbidden"}', status: 403 }],
  },
  {
    name: 'parameters are required before the cache is asked',
    api: {
      ...cached({
        '/x': {
          GET: {
            requestValidatorId: 'v',
            requestParameters: { 'method.request.querystring.need': true },
            integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri: 'http://backend.test/' },
          },
        },
      }),
      requestValidators: [
        { id: 'v', name: 'v', validateRequestBody: false, validateRequestParameters: true },
      ],
    },
    requests: [
      { target: '/x?need=1', gives: 1 },
      { gives: '{"message": "Missing required request parameters: [need]"}', status: 400 },
    ],
  },
  {
    name: 'streamed answers are not cached',
    api: cached(proxied({ responseTransferMode: 'STREAM' })),
    requests: [{ gives: 1 }, { gives: 2 }],
  },
  {
    name: 'a parameter that cannot be read fails the method, not others',
    api: cached({
      ...proxied({ cacheKeyParameters: ['nonsense'] }),
      ...proxied({ cacheNamespace: 'y' }, '/y'),
    }),
    requests: [
      { gives: '{"message": "Internal server error"}', status: 500 },
      { target: '/y', gives: 1 },
    ],
  },
]

/** A function whose answers are cached. */
export const functionApi: ApiDefinition = cached({ '/x': { GET: { integration: lambdaProxy('f') } } })
