import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { Step } from './steps.ts'

type Operations = ApiGatewayOperations

/** One operation of the control plane, however it is reached. */
export type ControlPlaneCall = <K extends keyof Operations>(
  operation: K,
  input: Operations[K]['input'],
) => Promise<Operations[K]['output']>

/** A REST API in a control plane, with what the labels stand for in it. */
export class RealApi {
  readonly #call: ControlPlaneCall
  readonly id: string
  readonly #resources = new Map<string, string>()
  readonly #deployments = new Map<string, string>()

  static async create(call: ControlPlaneCall): Promise<RealApi> {
    const { id, rootResourceId } = await call('CreateRestApi', { name: 'any' })
    return new RealApi(call, id as string, rootResourceId as string)
  }

  private constructor(call: ControlPlaneCall, id: string, root: string) {
    this.#call = call
    this.id = id
    this.#resources.set('root', root)
  }

  async run(taken: Step): Promise<void> {
    const restApiId = this.id
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
    const { items } = await this.#call('GetResources', { restApiId: this.id, embed: ['methods'] })
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
    const { items } = await this.#call('GetModels', { restApiId: this.id })
    return (items ?? []).map(({ name }) => name as string).sort()
  }

  async deployments(): Promise<number> {
    const { items } = await this.#call('GetDeployments', { restApiId: this.id, limit: 500 })
    return (items ?? []).length
  }

  /** What each stage serves is what its export says. */
  async stages(): Promise<Readonly<Record<string, readonly string[]>>> {
    const restApiId = this.id
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
    return { restApiId: this.id, resourceId: this.#resourceId(resource), httpMethod }
  }

  #resourceId(of: string): string {
    return this.#resources.get(of) ?? 'none'
  }

  #deploymentId(of: string): string {
    return this.#deployments.get(of) ?? 'none'
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
