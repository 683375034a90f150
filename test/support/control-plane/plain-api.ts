/**
 * REST APIs in plain objects: what the control plane must answer, with nothing of its store, its ids or its wire. Things
 * go by the labels that the test gives them. Every operation returns what is seen of it, or throws a refusal.
 */
export class Refusal extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

interface PlainMethod {
  integration: string | undefined
}

interface PlainResource {
  parent: PlainResource | undefined
  part: string
  readonly methods: Map<string, PlainMethod>
}

type Served = readonly string[]

export class PlainApi {
  readonly #root: PlainResource = { parent: undefined, part: '', methods: new Map() }
  /** Those that are there; a label may have gone on to another. */
  readonly #resources = new Set<PlainResource>([this.#root])
  readonly #labelled = new Map<string, PlainResource>([['root', this.#root]])
  readonly #models = new Set(['Empty', 'Error'])
  readonly #deployments = new Set<Served>()
  readonly #labelledDeployments = new Map<string, Served>()
  readonly #stages = new Map<string, Served>()

  createResource(label: string, parentLabel: string, part: string): void {
    const parent = this.#resource(parentLabel)
    checkPart(part)
    this.#checkName(parent, part, undefined)
    const resource = { parent, part, methods: new Map() }
    this.#resources.add(resource)
    this.#labelled.set(label, resource)
  }

  moveResource(label: string, parentLabel: string, part: string): void {
    const resource = this.#resource(label)
    if (resource.parent === undefined) {
      throw new Refusal('BadRequestException', 'Root resource cannot update its parentId.')
    }
    checkPart(part)
    const parent = this.#resource(parentLabel)
    if (parent === resource.parent && part === resource.part) return
    if (isBelow(parent, resource)) throw new Refusal('BadRequestException', 'Resources cannot be cyclical.')
    this.#checkName(parent, part, resource)
    const children = [...this.#resources].filter((other) => other.parent === resource)
    if (part.endsWith('+}') && children.length > 0) throw greedyParent(part)
    resource.parent = parent
    resource.part = part
  }

  deleteResource(label: string): void {
    const resource = this.#resource(label)
    if (resource.parent === undefined) {
      throw new Refusal('BadRequestException', 'Root resource cannot be deleted.')
    }
    for (const other of this.#resources) if (isBelow(other, resource)) this.#resources.delete(other)
  }

  putMethod(label: string, verb: string): void {
    const { methods } = this.#resource(label)
    if (methods.has(verb)) throw new Refusal('ConflictException', 'Method already exists for this resource')
    methods.set(verb, { integration: undefined })
  }

  deleteMethod(label: string, verb: string): void {
    this.#method(label, verb)
    this.#resource(label).methods.delete(verb)
  }

  putIntegration(label: string, verb: string, template: string): void {
    this.#method(label, verb).integration = template
  }

  deleteIntegration(label: string, verb: string): void {
    const method = this.#method(label, verb)
    if (method.integration === undefined) {
      throw new Refusal('NotFoundException', 'Invalid Integration identifier specified')
    }
    method.integration = undefined
  }

  createModel(name: string): void {
    if (this.#models.has(name)) {
      throw new Refusal('ConflictException', 'Model name already exists for this REST API')
    }
    this.#models.add(name)
  }

  deleteModel(name: string): void {
    if (!this.#models.delete(name)) {
      throw new Refusal('NotFoundException', `Invalid model name specified: ${name}`)
    }
  }

  createDeployment(label: string, stage: string | undefined): void {
    const methods = [...this.#resources].flatMap((resource) => [...resource.methods.values()])
    if (methods.length === 0) {
      throw new Refusal('BadRequestException', "The REST API doesn't contain any methods")
    }
    if (methods.some(({ integration }) => integration === undefined)) {
      throw new Refusal('BadRequestException', 'No integration defined for method')
    }
    const served = this.tree()
    this.#deployments.add(served)
    this.#labelledDeployments.set(label, served)
    if (stage !== undefined) this.#stages.set(stage, served)
  }

  deleteDeployment(label: string): void {
    const served = this.#deployment(label)
    if (served === undefined) {
      throw new Refusal('NotFoundException', 'Invalid Deployment identifier specified')
    }
    if ([...this.#stages.values()].includes(served)) {
      throw new Refusal(
        'BadRequestException',
        'Active stages pointing to this deployment must be moved or deleted',
      )
    }
    this.#deployments.delete(served)
  }

  createStage(stage: string, deployment: string): void {
    const served = this.#deployment(deployment)
    if (served === undefined) throw new Refusal('BadRequestException', 'Deployment id does not exist')
    if (this.#stages.has(stage)) throw new Refusal('ConflictException', 'Stage already exists')
    this.#stages.set(stage, served)
  }

  deleteStage(stage: string): void {
    if (!this.#stages.delete(stage)) {
      throw new Refusal('NotFoundException', 'Invalid stage identifier specified')
    }
  }

  /** `/a GET=template` lines, in order. */
  tree(): Served {
    return [...this.#resources]
      .flatMap((resource) => {
        const methods = [...resource.methods].map(([verb, { integration }]) => `${verb}=${integration ?? ''}`)
        return [`${pathOf(resource)} ${methods.sort().join(' ')}`]
      })
      .sort()
  }

  models(): readonly string[] {
    return [...this.#models].sort()
  }

  deployments(): number {
    return this.#deployments.size
  }

  /** What each stage serves, by its name. */
  stages(): Readonly<Record<string, Served>> {
    const seen = [...this.#stages].map(([stage, served]): [string, Served] => [
      stage,
      // Resources without methods are seen by nobody.
      served.filter((line) => !line.endsWith(' ')),
    ])
    return Object.fromEntries(seen)
  }

  #resource(label: string): PlainResource {
    const found = this.#labelled.get(label)
    if (found === undefined || !this.#resources.has(found)) {
      throw new Refusal('NotFoundException', 'Invalid Resource identifier specified')
    }
    return found
  }

  #deployment(label: string): Served | undefined {
    const found = this.#labelledDeployments.get(label)
    return found !== undefined && this.#deployments.has(found) ? found : undefined
  }

  #method(label: string, verb: string): PlainMethod {
    const found = this.#resource(label).methods.get(verb)
    if (found === undefined) throw new Refusal('NotFoundException', 'Invalid Method identifier specified')
    return found
  }

  #checkName(parent: PlainResource, part: string, self: PlainResource | undefined): void {
    if (parent.part.endsWith('+}')) throw greedyParent(parent.part)
    for (const sibling of this.#resources) {
      if (sibling.parent !== parent || sibling === self) continue
      if (sibling.part === part) {
        throw new Refusal(
          'ConflictException',
          `Another resource with the same parent already has this name: ${part}`,
        )
      }
      if (sibling.part.startsWith('{') && part.startsWith('{')) {
        throw new Refusal(
          'BadRequestException',
          `A sibling (${sibling.part}) of this resource already has a variable path part -- only one is allowed`,
        )
      }
    }
  }
}

function pathOf({ parent, part }: PlainResource): string {
  if (parent === undefined) return '/'
  return `${parent.parent === undefined ? '' : pathOf(parent)}/${part}`
}

function isBelow(resource: PlainResource, ancestor: PlainResource): boolean {
  return resource === ancestor || (resource.parent !== undefined && isBelow(resource.parent, ancestor))
}

function checkPart(part: string): void {
  if (/^(?:[A-Za-z0-9._:-]+|\{[A-Za-z0-9._:-]+\+?\})$/.test(part)) return
  throw new Refusal(
    'BadRequestException',
    part === ''
      ? "Resource's path part must be specified"
      : "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
  )
}

function greedyParent(part: string): Refusal {
  return new Refusal(
    'BadRequestException',
    `Cannot create a child of a resource with a greedy path variable: ${part}`,
  )
}
