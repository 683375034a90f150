import { expect, test } from 'bun:test'
import { Glob } from 'bun'
import { dirname, join, relative } from 'node:path'

const SOURCE = join(import.meta.dir, '..', 'src')

/** Who may import whom: the table of ARCHITECTURE.md. A room may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[] | 'all'>> = {
  base: [],
  languages: ['base'],
  http: ['base'],
  model: ['base'],
  aws: ['base', 'http'],
  store: ['base', 'model'],
  'data-plane': ['base', 'languages', 'http', 'aws', 'model'],
  compiler: ['base', 'languages', 'model', 'data-plane'],
  companions: ['base', 'languages', 'http', 'aws', 'store'],
  'control-plane': ['base', 'languages', 'aws', 'model', 'store', 'compiler'],
  project: ['base', 'aws'],
  server: 'all',
  cli: ['base', 'languages', 'aws', 'project', 'server'],
}

interface Import {
  readonly from: string
  readonly to: string
}

/** Every import between rooms of src/ (test files may look anywhere). */
async function imports(): Promise<Import[]> {
  const found: Import[] = []
  for await (const file of new Glob('**/*.ts').scan(SOURCE)) {
    if (file.endsWith('.test.ts')) continue
    const text = await Bun.file(join(SOURCE, file)).text()
    for (const match of text.matchAll(/(?:from|import)\s*\(?\s*'(#[^']+|\.[^']+)'/g)) {
      const target = match[1] as string
      const to = target.startsWith('#')
        ? target.slice(1)
        : relative(SOURCE, join(SOURCE, dirname(file), target))
      // Data beside the source, such as package.json, is in no room.
      if (to.endsWith('.ts')) found.push({ from: file, to })
    }
  }
  return found
}

const room = (path: string): string => path.split('/')[0] as string

test('rooms import downwards only', async () => {
  const broken = (await imports()).filter(({ from, to }) => {
    if (room(from) === room(to)) return false
    const allowed = MAY_IMPORT[room(from)]
    return allowed === undefined || (allowed !== 'all' && !allowed.includes(room(to)))
  })
  expect(broken.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
})

test('other rooms are imported as #room/file.ts, never by ../', async () => {
  const escaping = (await imports()).filter(({ from, to }) => to.startsWith('..') || room(from) !== room(to))
  const written = await Promise.all(
    escaping.map(async ({ from }) => [from, await Bun.file(join(SOURCE, from)).text()] as const),
  )
  const byPath = written.filter(([from, text]) =>
    [...text.matchAll(/from '(\.\.\/[^']+\.ts)'/g)].some(
      (match) => room(relative(SOURCE, join(SOURCE, dirname(from), match[1] as string))) !== room(from),
    ),
  )
  expect(byPath.map(([from]) => from)).toEqual([])
})

test('every room is in the table', async () => {
  const rooms = new Set<string>()
  for await (const file of new Glob('*/**/*.ts').scan(SOURCE)) rooms.add(room(file))
  expect([...rooms].filter((name) => !(name in MAY_IMPORT))).toEqual([])
})

test('no barrels, no utility drawers', async () => {
  const bad: string[] = []
  for await (const file of new Glob('**/{utils,helpers,common,misc}{.ts,/*.ts}').scan(SOURCE)) bad.push(file)
  expect(bad).toEqual([])
})
