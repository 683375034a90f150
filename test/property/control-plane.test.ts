import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Call } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { silentLog } from '#base/log.ts'
import { apiGatewayHandlers } from '#control-plane/apigateway/service.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { newMethodTester } from '../support/method-tester.ts'
import { account, now, region } from '../support/play-calls.ts'
import { PlainApi, Refusal } from './support/plain-api.ts'

// Any sequence of operations is answered as a model of plain objects answers it, and leaves the same behind.

const RESOURCES = ['root', 'r1', 'r2', 'r3', 'r4'] as const
const PARTS = ['a', 'b', '{x}', '{y}', '{z+}', 'a b'] as const
const VERBS = ['GET', 'ANY'] as const
const MODELS = ['Pet', 'Empty'] as const
const DEPLOYMENTS = ['d1', 'd2', 'd3'] as const
const STAGES = ['dev', 'prod'] as const

type Step =
  | { readonly op: 'createResource'; readonly label: string; readonly parent: string; readonly part: string }
  | { readonly op: 'moveResource'; readonly label: string; readonly parent: string; readonly part: string }
  | { readonly op: 'deleteResource'; readonly label: string }
  | {
      readonly op: 'putMethod' | 'deleteMethod' | 'deleteIntegration'
      readonly label: string
      readonly verb: string
    }
  | {
      readonly op: 'putIntegration'
      readonly label: string
      readonly verb: string
      readonly template: string
    }
  | { readonly op: 'createModel' | 'deleteModel'; readonly name: string }
  | { readonly op: 'createDeployment'; readonly label: string; readonly stage: string | undefined }
  | { readonly op: 'deleteDeployment'; readonly label: string }
  | { readonly op: 'createStage'; readonly stage: string; readonly deployment: string }
  | { readonly op: 'deleteStage'; readonly stage: string }

const one = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const label = one(RESOURCES)
const verb = one(VERBS)
const made = one(RESOURCES.slice(1))

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: one(['createResource'] as const),
      label: made,
      parent: label,
      part: one(PARTS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: one(['moveResource'] as const), label, parent: label, part: one(PARTS) }),
  },
  { weight: 1, arbitrary: fc.record({ op: one(['deleteResource'] as const), label }) },
  { weight: 4, arbitrary: fc.record({ op: one(['putMethod'] as const), label, verb }) },
  {
    weight: 5,
    arbitrary: fc.record({ op: one(['putIntegration'] as const), label, verb, template: one(['1', '2']) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: one(['deleteMethod', 'deleteIntegration'] as const), label, verb }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: one(['createModel', 'deleteModel'] as const), name: one(MODELS) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: one(['createDeployment'] as const),
      label: one(DEPLOYMENTS),
      stage: one([...STAGES, undefined]),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: one(['deleteDeployment'] as const), label: one(DEPLOYMENTS) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: one(['createStage'] as const),
      stage: one(STAGES),
      deployment: one(DEPLOYMENTS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: one(['deleteStage'] as const), stage: one(STAGES) }) },
)

type Operations = ApiGatewayOperations

/** The control plane, with what the labels stand for in it. */
class RealApi {
  readonly #handlers: ReturnType<typeof apiGatewayHandlers>
  readonly #restApiId: string
  readonly #resources = new Map<string, string>()
  readonly #deployments = new Map<string, string>()

  static async create(store: Store): Promise<RealApi> {
    const clock = { now: () => now }
    const handlers = apiGatewayHandlers({
      store,
      clock,
      log: silentLog,
      methodTester: newMethodTester(clock),
    })
    const api = new RealApi(handlers, '', '')
    const { id, rootResourceId } = await api.#call('CreateRestApi', { name: 'any' })
    return new RealApi(handlers, id as string, rootResourceId as string)
  }

  private constructor(handlers: ReturnType<typeof apiGatewayHandlers>, restApiId: string, root: string) {
    this.#handlers = handlers
    this.#restApiId = restApiId
    this.#resources.set('root', root)
  }

  async run(taken: Step): Promise<void> {
    const restApiId = this.#restApiId
    switch (taken.op) {
      case 'createResource': {
        const parentId = this.#resourceId(taken.parent)
        const { id } = await this.#call('CreateResource', { restApiId, parentId, pathPart: taken.part })
        this.#resources.set(taken.label, id as string)
        return
      }
      case 'moveResource':
        await this.#call('UpdateResource', {
          restApiId,
          resourceId: this.#resourceId(taken.label),
          patchOperations: [
            { op: 'replace', path: '/parentId', value: this.#resourceId(taken.parent) },
            { op: 'replace', path: '/pathPart', value: taken.part },
          ],
        })
        return
      case 'deleteResource':
        await this.#call('DeleteResource', { restApiId, resourceId: this.#resourceId(taken.label) })
        return
      case 'putMethod':
        await this.#call('PutMethod', { ...this.#method(taken), authorizationType: 'NONE' })
        return
      case 'deleteMethod':
        await this.#call('DeleteMethod', this.#method(taken))
        return
      case 'putIntegration':
        await this.#call('PutIntegration', {
          ...this.#method(taken),
          type: 'MOCK',
          requestTemplates: { 'application/json': taken.template },
        })
        return
      case 'deleteIntegration':
        await this.#call('DeleteIntegration', this.#method(taken))
        return
      case 'createModel':
        await this.#call('CreateModel', {
          restApiId,
          name: taken.name,
          contentType: 'application/json',
          schema: '{"type": "object"}',
        })
        return
      case 'deleteModel':
        await this.#call('DeleteModel', { restApiId, modelName: taken.name })
        return
      case 'createDeployment': {
        const { id } = await this.#call('CreateDeployment', { restApiId, stageName: taken.stage })
        this.#deployments.set(taken.label, id as string)
        return
      }
      case 'deleteDeployment':
        await this.#call('DeleteDeployment', { restApiId, deploymentId: this.#deploymentId(taken.label) })
        return
      case 'createStage':
        await this.#call('CreateStage', {
          restApiId,
          stageName: taken.stage,
          deploymentId: this.#deploymentId(taken.deployment),
        })
        return
      case 'deleteStage':
        await this.#call('DeleteStage', { restApiId, stageName: taken.stage })
        return
    }
  }

  async tree(): Promise<readonly string[]> {
    const { items } = await this.#call('GetResources', { restApiId: this.#restApiId, embed: ['methods'] })
    return (items ?? [])
      .map(({ path, resourceMethods }) => {
        const methods = Object.entries(resourceMethods ?? {}).map(
          ([name, { methodIntegration }]) =>
            `${name}=${methodIntegration?.requestTemplates?.['application/json'] ?? ''}`,
        )
        return `${path} ${methods.sort().join(' ')}`
      })
      .sort()
  }

  async models(): Promise<readonly string[]> {
    const { items } = await this.#call('GetModels', { restApiId: this.#restApiId })
    return (items ?? []).map(({ name }) => name as string).sort()
  }

  /** What each stage serves is what its export says. */
  async stages(): Promise<Readonly<Record<string, readonly string[]>>> {
    const restApiId = this.#restApiId
    const served: Record<string, readonly string[]> = {}
    for (const { stageName = '' } of (await this.#call('GetStages', { restApiId })).item ?? []) {
      const { body } = await this.#call('GetExport', {
        restApiId,
        stageName,
        exportType: 'oas30',
        parameters: { extensions: 'integrations' },
      })
      served[stageName] = exportedTree(body as Uint8Array)
    }
    return served
  }

  #method({ label: resource, verb: httpMethod }: { readonly label: string; readonly verb: string }): {
    restApiId: string
    resourceId: string
    httpMethod: string
  } {
    return { restApiId: this.#restApiId, resourceId: this.#resourceId(resource), httpMethod }
  }

  #resourceId(of: string): string {
    return this.#resources.get(of) ?? 'none'
  }

  #deploymentId(of: string): string {
    return this.#deployments.get(of) ?? 'none'
  }

  #call<K extends keyof Operations>(
    operation: K,
    input: Operations[K]['input'],
  ): Promise<Operations[K]['output']> {
    const principal = { account, accessKeyId: 'AKID', arn: `arn:aws:iam::${account}:root`, userId: account }
    const call: Call = { service: 'apigateway', operation, account, region, requestId: 'request', principal }
    const handler = this.#handlers[operation] as (
      input: Operations[K]['input'],
      call: Call,
    ) => Promise<Operations[K]['output']>
    return handler(input, call)
  }
}

interface Exported {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly 'x-amazon-apigateway-integration'?: ExportedIntegration }>>
    >
  >
}

interface ExportedIntegration {
  readonly requestTemplates?: Readonly<Record<string, string>>
}

function exportedTree(body: Uint8Array): string[] {
  const { paths } = JSON.parse(Buffer.from(body).toString('utf8')) as Exported
  return Object.entries(paths)
    .map(([path, methods]) => {
      const written = Object.entries(methods).map(([name, operation]) => {
        const verbOf = name === 'x-amazon-apigateway-any-method' ? 'ANY' : name.toUpperCase()
        const templates = operation['x-amazon-apigateway-integration']?.requestTemplates
        return `${verbOf}=${templates?.['application/json'] ?? ''}`
      })
      return `${path} ${written.sort().join(' ')}`
    })
    .sort()
}

/** The same on the model. */
function runPlain(api: PlainApi, taken: Step): void {
  switch (taken.op) {
    case 'createResource':
      return api.createResource(taken.label, taken.parent, taken.part)
    case 'moveResource':
      return api.moveResource(taken.label, taken.parent, taken.part)
    case 'deleteResource':
      return api.deleteResource(taken.label)
    case 'putMethod':
      return api.putMethod(taken.label, taken.verb)
    case 'deleteMethod':
      return api.deleteMethod(taken.label, taken.verb)
    case 'putIntegration':
      return api.putIntegration(taken.label, taken.verb, taken.template)
    case 'deleteIntegration':
      return api.deleteIntegration(taken.label, taken.verb)
    case 'createModel':
      return api.createModel(taken.name)
    case 'deleteModel':
      return api.deleteModel(taken.name)
    case 'createDeployment':
      return api.createDeployment(taken.label, taken.stage)
    case 'deleteDeployment':
      return api.deleteDeployment(taken.label)
    case 'createStage':
      return api.createStage(taken.stage, taken.deployment)
    case 'deleteStage':
      return api.deleteStage(taken.stage)
  }
}

async function outcome(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    if (error instanceof AwsError || error instanceof Refusal) return `${error.code}: ${error.message}`
    throw error
  }
}

test('any sequence of operations is answered as by plain objects', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const store = openSqliteStore({ path: ':memory:', log: silentLog })
      try {
        const real = await RealApi.create(store)
        const plain = new PlainApi()
        for (const taken of steps) {
          const answered = await outcome(() => real.run(taken))
          expect({ taken, answered }).toEqual({
            taken,
            answered: await outcome(() => runPlain(plain, taken)),
          })
        }
        expect(await real.tree()).toEqual(plain.tree())
        expect(await real.models()).toEqual(plain.models())
        expect(await real.stages()).toEqual(plain.stages())
      } finally {
        await store.close()
      }
    }),
    { numRuns: 150 },
  )
})
