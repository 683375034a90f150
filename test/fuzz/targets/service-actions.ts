import { ActionValueError, serviceActions } from '#aws/service-actions.ts'
import { parseQuery } from '#data-plane/query-string.ts'
import { EditedQuery } from '#data-plane/http-integrations/edited-query.ts'
import type { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// What clients may give the parameters of service actions, and the queries that mappings edit: no value reaches another
// parameter, and whatever is edited can be read again.

const PIECES = [
  ...'&=;%+#?/.. \r\n"\\[]{},:é\u{1f600}\ud800'.split(''),
  '..',
  '%2e',
  '{"a":{"DataType":"String","StringValue":"b"}}',
  '["a","b"]',
  '{"a":{"&x":"b"}}',
  '2026-01-31T12:00:00Z',
  '1e400',
  'text',
]

function text(random: Random): string {
  return random.times(1 + random.below(4), () => random.pick(PIECES)).join('')
}

function tryAction(random: Random, name: string): void {
  const action = serviceActions[name]
  if (action === undefined) throw new Error(`${name} is gone`)
  const values = new Map(
    Object.entries(action.parameters).flatMap(([parameter, { required }]) =>
      required || random.chance(0.5) ? [[parameter, text(random)] as const] : [],
    ),
  )
  const shown = JSON.stringify([name, ...values])
  try {
    const { target, body, headers } = action.encode(values)
    if (/[^\x21-\x7e]|#/.test(target) || /\/\.{1,2}(?:\/|\?|$)/.test(target)) {
      throw new Finding(`the target ${JSON.stringify(target)} leads elsewhere`, shown)
    }
    if (headers.some((line) => /[\r\n]/.test(line))) throw new Finding('a header line is broken', shown)
    if (body.startsWith('{')) JSON.parse(body)
    else if (body !== '') checkForm(action.parameters, values, body, shown)
  } catch (error) {
    if (error instanceof ActionValueError) return
    if (error instanceof Finding) throw error
    throw new Finding(`throws ${String(error)}`, shown)
  }
}

/** Texts come out as they went in, and there are no fields but those of the parameters. */
function checkForm(
  parameters: Readonly<Record<string, { readonly member: string; readonly form: string }>>,
  values: ReadonlyMap<string, string>,
  body: string,
  shown: string,
): void {
  const fields = parseQuery(body)
  const members = [...Object.values(parameters).map(({ member }) => member), 'Action', 'Version']
  for (const field of fields.keys()) {
    if (!members.includes(field.split('.')[0] as string)) throw new Finding(`a field ${field}`, shown)
  }
  for (const [name, { member, form }] of Object.entries(parameters)) {
    const value = values.get(name)
    if (form !== 'text' || name === 'Region' || value === undefined) continue
    const [sent] = fields.get(member) ?? []
    if (sent !== value.toWellFormed()) throw new Finding(`${name} is sent as ${JSON.stringify(sent)}`, shown)
  }
}

function tryQuery(random: Random): void {
  const query = random.chance(0.2) ? undefined : text(random)
  const edited = new EditedQuery(query)
  const [name, value] = [text(random), text(random)]
  const shown = JSON.stringify([query, name, value])
  const others = (of: string | undefined): string =>
    JSON.stringify([...parseQuery(of)].filter(([each]) => each !== name.toWellFormed()))
  const before = others(query)
  edited.append(name, 'first')
  edited.overwrite(name.toWellFormed(), value)
  const after = parseQuery(edited.text).get(name.toWellFormed())
  if (JSON.stringify(after) !== JSON.stringify([value.toWellFormed()])) {
    throw new Finding(`written over as ${JSON.stringify(after)}`, shown)
  }
  edited.remove(name.toWellFormed())
  if (parseQuery(edited.text).has(name.toWellFormed())) throw new Finding('still there', shown)
  if (others(edited.text) !== before) throw new Finding('others have changed', shown)
}

export const target: FuzzTarget = {
  name: 'service-actions',
  async run(random) {
    for (let i = 0; i < 50; i++) {
      tryAction(random, random.pick(Object.keys(serviceActions)))
      tryQuery(random)
    }
  },
}
