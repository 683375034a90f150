import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createContext, runInContext, runInNewContext } from 'node:vm'
import type { Method } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import { javascriptText, plainLine, pythonText, tomlText } from './quoted.ts'
import { sdkApi, type SdkApi } from './sdk-api.ts'
import { sdkGenerators } from './sdk-generators.ts'

// Whatever an API's owner calls things, it stays text, and the clients load and send it as it is.

const python = Bun.which('python3')

/** What would end a text, a comment or a line, is a word of a language, or is a member of every object. */
const hostile: readonly string[] = [
  '"); pwned = 1; ("',
  "'); pwned = 1; ('",
  '`${pwned = 1}`',
  '*/ pwned = 1; /*',
  '\n pwned = 1\n',
  '\u2028pwned = 1\u2029',
  '"""\npwned = 1\n"""',
  '\\',
  '\\"',
  '</script><script>pwned = 1</script>',
  '{pwned}#$%&',
  '__proto__',
  'constructor',
  'then',
  'class',
  'self',
  'def',
  'body',
  'headers',
  'Client',
  'Answer',
  'Promise',
  'Any',
  'Union',
  'import',
  '1st',
  '😀',
  '\u0000\u001b[31m',
  '\u202egnp.exe',
  'Größe',
  'a-b',
  'a_b',
  'a b',
]

/** @param arranged in the order that the store happens to give */
function hostileApi(arranged: <T>(list: T[]) => T[] = (list) => list): SdkApi {
  const method = (index: number): Method => {
    const text = hostile[index] as string
    return {
      httpMethod: ['POST', 'ANY', 'GET'][index % 3] as string,
      authorizationType: 'NONE',
      apiKeyRequired: false,
      ...(index % 2 === 0 ? { operationName: text } : {}),
      requestParameters: Object.fromEntries(
        hostile.map((name) => [`method.request.querystring.${name}`, false]),
      ),
      requestModels: { [text]: 'M0', 'application/json': `M${index}` },
      methodResponses: {
        200: { statusCode: '200', responseModels: { 'application/json': `M${index}` } },
      },
    }
  }
  const snapshot: RestApiSnapshot = {
    protocol: 'REST',
    account: '111111111111',
    region: 'us-east-1',
    deploymentId: 'd',
    api: { id: 'a', name: hostile.join(' '), rootResourceId: 'r' } as RestApiSnapshot['api'],
    resources: arranged(
      hostile.map((text, index) => ({
        id: `r${index}`,
        path: `/${text}`,
        methods: { GET: method(index) },
      })),
    ),
    models: arranged(
      hostile.map((text, index) => ({
        id: `m${index}`,
        name: `M${index}`,
        description: text,
        contentType: 'application/json',
        schema: JSON.stringify({
          type: 'object',
          required: hostile.slice(0, 5),
          // All of them once, then each on its own.
          properties: Object.fromEntries(
            (index === 0 ? hostile : [text]).map((name) => [
              name,
              { type: 'object', properties: { [text]: { enum: hostile } }, required: [text] },
            ]),
          ),
          definitions: Object.fromEntries(hostile.map((name) => [name, { enum: [text] }])),
          allOf: [{ properties: { inner: { $ref: `#/definitions/${encodeURIComponent(text)}` } } }],
        }),
      })),
    ),
    requestValidators: [],
    gatewayResponses: [],
    authorizers: [],
  }
  return sdkApi(snapshot, 'https://api.example/stage')
}

/** Name and text of every file. */
function generated(sdkType: string, api: SdkApi): ReadonlyMap<string, string> {
  const files = sdkGenerators[sdkType]?.(api, { ...PACKAGES[sdkType] }) ?? []
  return new Map(files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('utf8')]))
}

const PACKAGES: Readonly<Record<string, object>> = {
  typescript: { packageName: 'hostile' },
  python: { packageName: 'hostile' },
}

async function unpacked<T>(sdkType: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-hostile-'))
  try {
    for (const [name, text] of generated(sdkType, hostileApi())) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function run(command: readonly string[], cwd: string): Promise<string> {
  const child = Bun.spawn([...command], { cwd, stdout: 'pipe', stderr: 'pipe' })
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  expect(errors).toBe('')
  return output
}

/** The query names that an API's methods send, as they are called on the wire. */
const wanted = [...hostile].sort()

test('hostile names in JavaScript', async () => {
  const text = generated('javascript', hostileApi()).get('apiGateway-js-sdk/apigClient.js') as string
  expect(/<\/?script/.test(text)).toBe(false)
  const sent: URL[] = []
  const page: Record<string, unknown> = createContext({
    Headers,
    URL,
    Response,
    FormData,
    URLSearchParams,
    ReadableStream,
    Blob,
    fetch: async (url: string) => {
      sent.push(new URL(url))
      return new Response()
    },
  })
  runInContext(text, page)
  expect(page['pwned']).toBeUndefined()
  const client = runInContext('apigClientFactory.newClient()', page) as Record<
    string,
    (params: object, body: unknown, additional: object) => Promise<{ status: number }>
  >
  const names = Object.keys(client)
  expect(names.length).toBe(hostile.length + Math.ceil(hostile.length / 2) - emptyNames())
  for (const name of names) expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/)
  // `{pwned}` is a parameter of its path.
  const params = { ...Object.fromEntries(wanted.map((name) => [name, 'v'])), pwned: 'x', 'pwned = 1': 'x' }
  for (const name of names) await client[name]?.(params, undefined, { method: 'POST' })
  expect(sent.length).toBe(names.length)
  for (const url of sent) expect([...url.searchParams.keys()].sort()).toEqual(wanted)
})

/** Operation names without a letter or digit name nothing. */
function emptyNames(): number {
  return hostile.filter((text, index) => index % 2 === 0 && !/[A-Za-z0-9]/.test(text)).length
}

test('hostile names in TypeScript', () =>
  unpacked('typescript', async (folder) => {
    const tsc = join(import.meta.dir, '..', '..', '..', 'node_modules', '.bin', 'tsc')
    const options = '--strict --noEmit --target esnext --module nodenext --lib ESNext,DOM --types'
    const files = ['hostile/src/index.ts', 'hostile/dist/index.d.ts']
    expect(await run([tsc, ...options.split(' '), '', ...files], folder)).toBe('')
    const module = (await import(join(folder, 'hostile/dist/index.js'))) as { createClient(): object }
    expect(Object.keys(module.createClient()).length).toBe(hostile.length)
    expect((globalThis as Record<string, unknown>)['pwned']).toBeUndefined()
  }))

const callAll = `
import inspect, json, hostile, typing
names = []
class Recorder(hostile.Client):
    def _call(self, method, path, **rest):
        names.append([path, sorted(rest["query_values"])])
client = Recorder()
for name, function in inspect.getmembers(client, inspect.ismethod):
    if not name.startswith("_") or name[1:2].isdigit():
        needed = inspect.signature(function).parameters.values()
        function(**{one.name: "v" for one in needed if one.default is one.empty})
types = [value for value in vars(hostile).values() if typing.is_typeddict(value)]
hints = [typing.get_type_hints(one) for one in types]
print(json.dumps({"calls": names, "types": len(types), "pwned": "pwned" in vars(hostile)}))
`

test.if(python !== null)('hostile names in Python', () =>
  unpacked('python', async (folder) => {
    const output = await run([python as string, '-W', 'error', '-c', callAll], join(folder, 'hostile'))
    const found = JSON.parse(output) as { calls: [string, string[]][]; types: number; pwned: boolean }
    expect(found.pwned).toBe(false)
    expect(found.types).toBeGreaterThan(hostile.length)
    expect(found.calls.map(([path]) => path).sort()).toEqual(hostile.map((text) => `/${text}`).sort())
    const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
    for (const [, query] of found.calls) expect(query).toEqual([...wanted].sort(byCodePoint))
    const toml = await run(
      [
        python as string,
        '-c',
        'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["name"])',
      ],
      join(folder, 'hostile'),
    )
    expect(toml.trim()).toBe('hostile')
  }),
)

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(...hostile, '\ud800', '\udc00x'),
)

test('any text is itself as a literal of JavaScript, and one line in comments', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const written = javascriptText(text)
      expect(written).toMatch(/^[ -;=-~]*$/)
      expect(runInNewContext(written)).toBe(text)
      expect(plainLine(text)).not.toMatch(/[\n\r\u2028\u2029\u202e<]|\*\//)
    }),
    { numRuns: 300 },
  )
})

test.if(python !== null)(
  'any text is itself as a literal of Python, and of TOML where it is whole',
  async () => {
    const texts = fc.sample(anyText, { numRuns: 300, seed: 7 })
    const program = `
import json, tomllib
texts = [${texts.map(pythonText).join(', ')}]
toml = tomllib.loads(${pythonText(`texts = [${texts.map(tomlText).join(', ')}]`)})["texts"]
print(json.dumps([texts, toml]))
`
    const [found, toml] = JSON.parse(await run([python as string, '-c', program], tmpdir())) as string[][]
    expect(found).toEqual(texts)
    expect(toml).toEqual(texts.map((text) => text.toWellFormed()))
  },
)

test('the same API gives the same files, whatever order it is stored in', () => {
  for (const sdkType of Object.keys(sdkGenerators)) {
    const other = hostileApi((list) => list.toReversed())
    expect(generated(sdkType, other)).toEqual(generated(sdkType, hostileApi()))
  }
})
