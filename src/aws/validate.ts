import { AwsError } from './error.ts'
import type { Overlay } from './overlay.ts'
import type { Member, Operation, Shape, Structure } from './table.ts'

/** Told in one message at most: a body may hold hundreds of thousands. */
const FAILURES_MAX = 100

/**
 * Required members, enums and constraints of an input, as AWS's service framework checks them: failures are told
 * together, in one message. Recorded on AWS: members of the body come before those of the path and the query.
 * @throws AwsError with the overlay's `validationCode`
 */
export function validate(
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  overlay: Overlay,
): void {
  if (operation.input === undefined) return
  const failures: string[] = []
  const root = overlay.memberPaths === 'operation' ? `${lowerFirst(operation.name)}Input.` : ''
  const inBody = (member: Member): boolean => member.place === 'body' || member.place === 'payload'
  checkMembers(operation.input, input, root, inBody, failures)
  checkMembers(operation.input, input, '', (member) => !inBody(member), failures)
  if (failures.length === 0) return
  const count = `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected`
  throw new AwsError(overlay.validationCode, `${count}: ${failures.join('; ')}`)
}

function checkMembers(
  shape: Structure,
  value: Readonly<Record<string, unknown>>,
  prefix: string,
  applies: (member: Member) => boolean,
  failures: string[],
): void {
  for (const member of shape.members) {
    if (!applies(member) || failures.length >= FAILURES_MAX) continue
    const given = value[member.name]
    const path = `${prefix}${lowerFirst(member.name)}`
    if (given !== undefined) check(member.shape, given, path, member, failures)
    else if (member.required) failures.push(failure('null', path, 'Member must not be null'))
  }
}

function check(
  shape: Shape,
  value: unknown,
  path: string,
  member: Member | undefined,
  failures: string[],
): void {
  for (const broken of member?.constraint === undefined ? [] : brokenBy(value, member.constraint)) {
    failures.push(failure(quoted(value), path, broken))
  }
  if (shape.kind === 'structure') {
    checkMembers(shape, value as Record<string, unknown>, `${path}.`, () => true, failures)
  } else if (shape.kind === 'list') {
    checkEntries(
      shape.of,
      (value as unknown[]).map((entry, at) => [`${at + 1}`, entry]),
    )
  } else if (shape.kind === 'map') {
    checkEntries(shape.of, Object.entries(value as object))
  } else if (shape.kind === 'string' && shape.values?.includes(value as string) === false) {
    failures.push(failure(quoted(value), path, enumRule(shape.values)))
  }

  /** Scalars are told with the collection they are in, structures each by its own path. */
  function checkEntries(of: Shape, entries: readonly (readonly [key: string, entry: unknown])[]): void {
    if (of.kind === 'string') {
      const { values } = of
      if (values === undefined || entries.every(([, entry]) => values.includes(entry as string))) return
      const rule =
        shape.kind === 'map' ? 'Map value must satisfy constraint' : 'Member must satisfy constraint'
      failures.push(failure(quoted(value), path, `${rule}: [${enumRule(values)}]`))
      return
    }
    for (const [key, entry] of entries) {
      if (failures.length >= FAILURES_MAX) return
      check(of, entry, `${path}.${key}.member`, undefined, failures)
    }
  }
}

function brokenBy(value: unknown, constraint: NonNullable<Member['constraint']>): string[] {
  const broken: string[] = []
  const { pattern, min, max, lengthMin, lengthMax } = constraint
  if (typeof value === 'string') {
    if (pattern !== undefined && !compiled(pattern).test(value)) {
      broken.push(`Member must satisfy regular expression pattern: ${pattern}`)
    }
    if (lengthMin !== undefined && value.length < lengthMin) {
      broken.push(`Member must have length greater than or equal to ${lengthMin}`)
    }
    if (lengthMax !== undefined && value.length > lengthMax) {
      broken.push(`Member must have length less than or equal to ${lengthMax}`)
    }
  }
  if (typeof value === 'number') {
    if (min !== undefined && value < min) {
      broken.push(`Member must have value greater than or equal to ${min}`)
    }
    if (max !== undefined && value > max) broken.push(`Member must have value less than or equal to ${max}`)
  }
  return broken
}

const patterns = new Map<string, RegExp>()

function compiled(pattern: string): RegExp {
  let regex = patterns.get(pattern)
  if (regex === undefined)
    patterns.set(pattern, (regex = new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '')))
  return regex
}

function enumRule(values: readonly string[]): string {
  return `Member must satisfy enum value set: [${values.join(', ')}]`
}

function failure(value: string, path: string, rule: string): string {
  return `Value ${value} at '${path}' failed to satisfy constraint: ${rule}`
}

/** As Java prints values: `'wrong'`, `'[a, b]'`. Long ones are cut: a message is no place for a whole body. */
function quoted(value: unknown): string {
  const text = Array.isArray(value)
    ? `[${value.join(', ')}]`
    : typeof value === 'object' && value !== null
      ? `{${Object.entries(value)
          .map(([key, entry]) => `${key}=${String(entry)}`)
          .join(', ')}}`
      : String(value)
  return `'${text.length > 1000 ? `${text.slice(0, 1000)}…` : text}'`
}

/** `KMSKeyArn` → `kMSKeyArn`, as AWS prints it. */
function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
