import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { defineHttpApi, toUri } from '../conformance/http-api/support/definition.ts'
import { startBackend } from '../conformance/rest/support/backend.ts'
import { startHouse } from '../conformance/rest/support/house.ts'

// Parameter mapping of HTTP APIs over real sockets, beside a reference that is plain lists.

type Pair = readonly [name: string, value: string]

const name = fc.constantFrom('a', 'b', 'c', 'B')
const value = fc.constantFrom('1', 'x y', 'a&b=c', 'é', '%', '+', '')
const pair = fc.tuple(name, value)
const action = fc.constantFrom('append', 'overwrite', 'remove')
const place = fc.constantFrom('header', 'querystring')
/** What a value is read of, or a text. */
const source = fc.constantFrom(
  'text',
  '$request.querystring.a',
  '$request.header.x-b',
  '${request.path.id}-${request.header.none}',
)

interface Edit {
  readonly action: string
  readonly place: string
  readonly name: string
  readonly source: string
}
const edit: fc.Arbitrary<Edit> = fc.record({ action, place, name, source })

const request = fc.record({
  query: fc.array(pair, { maxLength: 5 }),
  // Bytes beyond ASCII in fields are another test's.
  headers: fc.array(fc.tuple(name, fc.constantFrom('1', 'x y', 'a,b')), { maxLength: 4 }),
  id: fc.constantFrom('7', 'a b', 'c/d'),
})

/** What the backend must get: lists, every edit in its turn, each value of the request as it came. */
function expected(
  edits: readonly Edit[],
  { query, headers, id }: { query: readonly Pair[]; headers: readonly Pair[]; id: string },
): { query: Pair[]; headers: Pair[] } {
  const joined = (list: readonly Pair[], wanted: string): string | undefined => {
    const values = list.filter(([each]) => each === wanted).map(([, text]) => text)
    return values.length === 0 ? undefined : values.join(',')
  }
  const lower = (list: readonly Pair[]): Pair[] => list.map(([each, text]) => [each.toLowerCase(), text])
  const values: Readonly<Record<string, string | undefined>> = {
    text: 'text',
    '$request.querystring.a': joined(query, 'a'),
    '$request.header.x-b': joined(lower(headers), 'b'),
    '${request.path.id}-${request.header.none}': `${id}-`,
  }
  const lists = { querystring: [...query], header: lower(headers) }
  for (const { action: what, place: where, name: wanted, source: from } of edits) {
    const isHeader = where === 'header'
    const key = isHeader ? wanted.toLowerCase() : wanted
    const list = isHeader ? lists.header : lists.querystring
    const text = values[from]
    if (what !== 'remove' && text === undefined) continue
    const at = list.findIndex(([each]) => each === key)
    const others = list.filter(([each]) => each !== key)
    let next: Pair[]
    if (what === 'remove') next = others
    else if (what === 'append' || at === -1) next = [...list, [key, text as string]]
    else
      next = list.flatMap((each, i) =>
        i === at ? [[key, text as string] as const] : each[0] === key ? [] : [each],
      )
    if (isHeader) lists.header = next
    else lists.querystring = next
  }
  return { query: lists.querystring, headers: lists.header }
}

test('edits do what a plain reference does', async () => {
  const backend = await startBackend()
  const house = await startHouse()
  let count = 0
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(edit, {
          maxLength: 5,
          selector: ({ action: what, place: where, name: of }) => `${what} ${where} ${of}`,
        }),
        request,
        async (edits, sent) => {
          backend.received.length = 0
          const apiId = `mapped${++count}`
          const { snapshot, stage } = defineHttpApi(apiId, {
            routes: {
              'GET /x/{id}': toUri(`http://127.0.0.1:${backend.port}/y`, {
                requestParameters: Object.fromEntries(
                  edits.map(({ action: what, place: where, name: of, source: from }) => [
                    `${what}:${where}.${where === 'header' ? 'x-' : ''}${of}`,
                    from,
                  ]),
                ),
              }),
            },
          })
          const { plan, diagnostics } = compileHttpApi(snapshot, stage)
          expect(diagnostics).toEqual([])
          house.planTable.swap(plan)
          const query = sent.query.map(([of, text]) => `${of}=${encodeURIComponent(text)}`).join('&')
          const target = `/x/${encodeURIComponent(sent.id)}${query === '' ? '' : `?${query}`}`
          const headers = sent.headers.map(([of, text]) => `X-${of}: ${text}`)
          expect((await house.send(apiId, { target: `raw:${target}`, headers })).status).toBe(200)
          const [got] = backend.received
          const wanted = expected(edits, sent)
          const { searchParams } = new URL(`http://host${got?.target}`)
          expect([...searchParams]).toEqual(wanted.query as [string, string][])
          const own = (got?.headers ?? []).flatMap((line): Pair[] => {
            const match = /^x-(a|b|c): ?(.*)$/i.exec(line)
            return match === null ? [] : [[match[1]?.toLowerCase() ?? '', match[2] ?? '']]
          })
          // Lines that were appended come after those of the gateway: of each name the order counts.
          const byName = (list: readonly Pair[]): Record<string, string[]> =>
            Object.fromEntries(
              [...Map.groupBy(list, ([of]) => of)].map(([of, pairs]) => [of, pairs.map(([, text]) => text)]),
            )
          expect(byName(own)).toEqual(byName(wanted.headers))
          house.planTable.remove(apiId, '$default')
        },
      ),
      { numRuns: 150 },
    )
  } finally {
    await house.stop()
    await backend.stop()
  }
}, 60_000)
