import { describe, expect, test } from 'bun:test'
import { DEFAULT_OVERLAY, OVERLAYS } from '#aws/overlay.ts'
import { ServiceTable, type Operation, type Shape, type Structure } from '#aws/table.ts'
import { tables } from '#aws/tables/index.ts'

/** A service's wire, for tests over all of its operations. */
export async function loadTable(name: string): Promise<ServiceTable> {
  const meta = tables[name]
  if (meta === undefined) throw new Error(`no wire table ${name}`)
  return new ServiceTable(name, meta, OVERLAYS[name] ?? DEFAULT_OVERLAY, await meta.load())
}

export function operationNames(table: ServiceTable): readonly string[] {
  return [...table.bindings()].map(([name]) => name)
}

/** Names of an SDK package's commands. */
export function commandNames(sdk: object): readonly string[] {
  return Object.keys(sdk)
    .flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? [])
    .filter((name) => name !== '$')
}

/** How one service's operations are asked. */
export interface OperationsUnderTest {
  readonly table: ServiceTable
  readonly operations: readonly string[]
  /** By the SDK. */
  readonly send: (operation: string, input: object) => Promise<unknown>
  /** Members whose form is looked at before what they name. */
  readonly forms: Readonly<Record<string, string>>
  /** What a failed check of a member is called. */
  readonly validationCode: string
  /** Operations that find nothing to be no error. */
  readonly findsNothing?: readonly string[]
}

/**
 * Every operation, by the SDK: it is there, it looks at what it is given, and what it refuses it refuses with an error of
 * the service's model.
 */
export function describeOperations(under: OperationsUnderTest): void {
  const { table, operations, send, forms, validationCode, findsNothing = [] } = under
  /** The name of the error that came of it; undefined when it was done. */
  const refusal = async (operation: string, input: object): Promise<string | undefined> => {
    try {
      await send(operation, input)
      return undefined
    } catch (error) {
      return (error as Error).name
    }
  }
  describe.each(operations)('%s', (name) => {
    const operation: Operation | undefined = table.operation(name)
    const input = minimal(operation?.input, forms)

    test('is done, or refused with an error of its own', async () => {
      const expected = [undefined, ...(operation?.errors ?? []), validationCode]
      expect(expected).toContain(await refusal(name, input))
    })

    const labels = (operation?.input?.members ?? []).filter(({ place }) => place === 'label')
    const others = (operation?.input?.members ?? []).filter(
      ({ required, place }) => required && place !== 'label',
    )
    for (const { name: member } of others) {
      test(`needs ${member}`, async () => {
        const without = Object.fromEntries(Object.entries(input).filter(([given]) => given !== member))
        expect([validationCode, 'BadRequestException', 'NotFoundException']).toContain(
          (await refusal(name, without)) ?? 'done',
        )
      })
    }
    for (const { name: member, shape, place } of operation?.input?.members ?? []) {
      if (shape.kind !== 'string' || shape.values === undefined || place !== 'body') continue
      test(`takes no other ${member} than there are`, async () => {
        expect([validationCode, 'BadRequestException']).toContain(
          (await refusal(name, { ...input, [member]: 'another' })) ?? 'done',
        )
      })
    }
    if (labels.length > 0 && /^(?:Delete|Get|Update)/.test(name) && !findsNothing.includes(name)) {
      test('does not find what is not there', async () => {
        expect(await refusal(name, input)).toBe('NotFoundException')
      })
    }
  })
}

/** Something for every member that must be there; nothing of it exists. */
function minimal(
  structure: Structure | undefined,
  forms: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const required = (structure?.members ?? []).filter((member) => member.required)
  return Object.fromEntries(required.map(({ name, shape }) => [name, forms[name] ?? valueOf(shape, forms)]))
}

function valueOf(shape: Shape, forms: Readonly<Record<string, string>>): unknown {
  switch (shape.kind) {
    case 'string':
      return shape.values?.[0] ?? 'nothing'
    case 'structure':
      return minimal(shape, forms)
    case 'list':
      return [valueOf(shape.of, forms)]
    case 'map':
      return { any: valueOf(shape.of, forms) }
    case 'blob':
      return Buffer.from('nothing')
    case 'boolean':
      return true
    default:
      return 1
  }
}
