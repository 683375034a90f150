import { readFileSync } from 'node:fs'
import { certificates } from '#http/client-tls.ts'
import type { ClientTls } from '#http/client-tls.ts'
import type {
  HealthCheck,
  PassiveCheck,
  StatusRanges,
  TargetDefinition,
  TargetGroupDefinition,
} from '#data-plane/targets/target-group.ts'

/** The file of `--targets` is not what it should be; the message has the place, what was found and what is expected. */
export class TargetsError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TargetsError'
  }
}

const FILE_BYTES_MAX = 4 * 1024 * 1024
const GROUPS_MAX = 10_000
const TARGETS_MAX = 1000
const DAY_MS = 86_400_000
const WEIGHT_MAX = 1_000_000
/** Cloud Map has 30 an instance. */
const ATTRIBUTES_MAX = 30
const ADDRESS = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::\d{1,5})?$/i

const defaults = {
  connectTimeoutMs: 2000,
  health: { intervalMs: 10_000, timeoutMs: 5000, healthyThreshold: 2, unhealthyThreshold: 2 },
  healthStatuses: '200-399',
  passive: { failures: 5, ejectMs: 10_000, ejectMsMax: 300_000 },
  passiveStatuses: '502-504',
} as const

/**
 * Reads the file of `--targets`: JSON, a member for each link, `docs/targets.md` describes it.
 * @throws TargetsError
 */
export function readTargets(file: string): TargetGroupDefinition[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new TargetsError(`cannot read ${file} (${(error as { code?: string }).code})`)
  }
  return parseTargets(text)
}

/** @throws TargetsError */
export function parseTargets(text: string): TargetGroupDefinition[] {
  if (text.length > FILE_BYTES_MAX) throw new TargetsError(`found more than ${FILE_BYTES_MAX} characters`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new TargetsError(`no JSON: ${(error as Error).message}`)
  }
  const names = new Place('', json).object()
  const groups = Object.keys(names)
  if (groups.length > GROUPS_MAX)
    throw new TargetsError(`found ${groups.length} names, at most ${GROUPS_MAX}`)
  return groups.map((name) => groupOf(name, new Place(name, names[name])))
}

function groupOf(name: string, place: Place): TargetGroupDefinition {
  const members = place.members('targets', 'protocol', 'tls', 'connectTimeoutMs', 'health', 'passive')
  const targets = members.targets.list(TARGETS_MAX).map(targetOf)
  const addresses = targets.map(({ address }) => address)
  const twice = addresses.find((address, at) => addresses.indexOf(address) !== at)
  if (twice !== undefined) throw members.targets.wrong(`each address once, found ${twice} twice`)
  return {
    name,
    targets,
    protocol: members.protocol.optional((at) => at.choice('http', 'https')),
    tls: members.tls.optional(tlsOf),
    connectTimeoutMs:
      members.connectTimeoutMs.optional((at) => at.integer(1, DAY_MS)) ?? defaults.connectTimeoutMs,
    health: members.health.optional(healthOf),
    passive:
      members.passive.value === false
        ? undefined
        : passiveOf(
            members.passive.value === undefined ? new Place(members.passive.path, {}) : members.passive,
          ),
  }
}

function targetOf(place: Place): TargetDefinition {
  if (typeof place.value === 'string') return { address: place.text(ADDRESS, AN_ADDRESS), weight: 1 }
  const { address, weight, attributes } = place.members('address', 'weight', 'attributes')
  return {
    address: address.text(ADDRESS, AN_ADDRESS),
    weight: weight.optional((at) => at.integer(0, WEIGHT_MAX)) ?? 1,
    ...member(
      'attributes',
      attributes.optional((at) => at.texts(ATTRIBUTES_MAX)),
    ),
  }
}

function tlsOf(place: Place): ClientTls {
  const { serverName, ca, insecureSkipVerification } = place.members(
    'serverName',
    'ca',
    'insecureSkipVerification',
  )
  return {
    ...member(
      'serverName',
      serverName.optional((at) => at.text(/^(?![\d.]+$)[A-Za-z0-9._-]+$/, 'a host name')),
    ),
    ...member('ca', ca.optional(authoritiesOf)),
    ...member(
      'insecureSkipVerification',
      insecureSkipVerification.optional((at) => at.boolean()),
    ),
  }
}

/** What is left out says nothing, where undefined would outdo other settings. */
function member<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [key in K]?: V }
}

/** @returns the certificates of the file that is named */
function authoritiesOf(place: Place): string {
  const file = place.text(/^[^\0]+$/, 'a file')
  try {
    return certificates(readFileSync(file, 'utf8')).join('\n')
  } catch (error) {
    throw place.wrong(
      `a file of PEM certificates, found ${JSON.stringify(file)}: ${(error as Error).message}`,
    )
  }
}

function healthOf(place: Place): HealthCheck {
  const { path, host, port, intervalMs, timeoutMs, healthyThreshold, unhealthyThreshold, status } =
    place.members(
      'path',
      'host',
      'port',
      'intervalMs',
      'timeoutMs',
      'healthyThreshold',
      'unhealthyThreshold',
      'status',
    )
  const { health } = defaults
  return {
    path: path.optional((at) => at.text(/^\/[\x21-\x7e]*$/, 'a path such as /health')),
    host: host.optional((at) => at.text(/^[A-Za-z0-9.:[\]_-]+$/, 'a host')),
    port: port.optional((at) => at.integer(1, 65_535)),
    intervalMs: intervalMs.optional((at) => at.integer(10, DAY_MS)) ?? health.intervalMs,
    timeoutMs: timeoutMs.optional((at) => at.integer(10, DAY_MS)) ?? health.timeoutMs,
    healthyThreshold: healthyThreshold.optional((at) => at.integer(1, 100)) ?? health.healthyThreshold,
    unhealthyThreshold: unhealthyThreshold.optional((at) => at.integer(1, 100)) ?? health.unhealthyThreshold,
    statuses: rangesOf(status, defaults.healthStatuses),
  }
}

function passiveOf(place: Place): PassiveCheck {
  const { failures, ejectMs, ejectMsMax, status } = place.members(
    'failures',
    'ejectMs',
    'ejectMsMax',
    'status',
  )
  const { passive } = defaults
  return {
    failures: failures.optional((at) => at.integer(1, 1000)) ?? passive.failures,
    ejectMs: ejectMs.optional((at) => at.integer(1, DAY_MS)) ?? passive.ejectMs,
    ejectMsMax: ejectMsMax.optional((at) => at.integer(1, DAY_MS)) ?? passive.ejectMsMax,
    statuses: rangesOf(status, defaults.passiveStatuses),
  }
}

/** `200`, `200-299`, `200,404`; as load balancers' matchers. */
function rangesOf(place: Place, fallback: string): StatusRanges {
  const text =
    place.optional((at) =>
      at.text(/^\d{3}(?:-\d{3})?(?:,\d{3}(?:-\d{3})?)*$/, 'statuses such as 200-299 or 200,404'),
    ) ?? fallback
  return text.split(',').map((range) => {
    const [from, to = from] = range.split('-').map(Number)
    return [from as number, to as number]
  })
}

const AN_ADDRESS = 'an address such as 10.0.0.1:8080, [::1]:8080 or app.internal'

/** A value of the file and where it stands. */
class Place {
  readonly path: string
  readonly value: unknown

  constructor(path: string, value: unknown) {
    this.path = path
    this.value = value
  }

  wrong(expected: string): TargetsError {
    return new TargetsError(`${this.path === '' ? 'the file' : this.path}: expected ${expected}`)
  }

  optional<T>(read: (place: this) => T): T | undefined {
    return this.value === undefined ? undefined : read(this)
  }

  object(): Readonly<Record<string, unknown>> {
    const { value } = this
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>
    }
    throw this.#found('an object')
  }

  /** An object's members, and no others. */
  members<N extends string>(...names: readonly N[]): Readonly<Record<N, Place>> {
    const object = this.object()
    const unknown = Object.keys(object).find((name) => !(names as readonly string[]).includes(name))
    if (unknown !== undefined) {
      throw this.wrong(`members among ${names.join(', ')}; found ${JSON.stringify(unknown)}`)
    }
    return Object.fromEntries(
      names.map((name) => [name, new Place(this.path === '' ? name : `${this.path}.${name}`, object[name])]),
    ) as Record<N, Place>
  }

  list(most: number): readonly Place[] {
    const { value } = this
    if (!Array.isArray(value)) throw this.#found('a list')
    if (value.length > most) throw this.wrong(`at most ${most}, found ${value.length}`)
    return value.map((each, at) => new Place(`${this.path}[${at}]`, each))
  }

  text(pattern: RegExp, expected: string): string {
    const { value } = this
    if (typeof value === 'string' && pattern.test(value)) return value
    throw this.#found(expected)
  }

  /** An object whose members are texts. */
  texts(most: number): Readonly<Record<string, string>> {
    const object = this.object()
    const names = Object.keys(object)
    if (names.length > most) throw this.wrong(`at most ${most} members, found ${names.length}`)
    return Object.fromEntries(
      names.map((name) => [name, new Place(`${this.path}.${name}`, object[name]).text(/^/, 'a text')]),
    )
  }

  choice<T extends string>(...values: readonly T[]): T {
    const found = values.find((value) => value === this.value)
    if (found === undefined) throw this.#found(values.join(' or '))
    return found
  }

  integer(least: number, most: number): number {
    const { value } = this
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    throw this.#found(`a whole number from ${least} to ${most}`)
  }

  boolean(): boolean {
    if (typeof this.value === 'boolean') return this.value
    throw this.#found('true or false')
  }

  #found(expected: string): TargetsError {
    const found = JSON.stringify(this.value) ?? 'nothing'
    return this.wrong(`${expected}; found ${found.length > 100 ? `${found.slice(0, 100)}…` : found}`)
  }
}
