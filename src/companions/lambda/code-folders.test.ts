import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CodeFolders } from './code-folders.ts'
import { testZip, zipOf, type TestEntry } from './zip.fixture.ts'
import { unzip } from './zip.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-code-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const LIMITS = { unzippedBytesMax: 1_000_000, entriesMax: 10 }
const LINK = 0o120_777

async function unzipped(name: string, entries: readonly TestEntry[]): Promise<string> {
  const folder = join(root, name, 'inside')
  await mkdir(folder, { recursive: true })
  await unzip(testZip(entries), folder, LIMITS)
  return folder
}

test('files, folders, modes and links within', async () => {
  const folder = await unzipped('good', [
    { name: 'empty/', mode: 0o40_755 },
    { name: 'deep/er/file.txt', data: 'text' },
    { name: 'stored', data: 'plain', stored: true },
    { name: 'bootstrap', data: '#!', mode: 0o100_755 },
    // A link that names another one which comes later.
    { name: 'link', data: 'deep/second', mode: LINK },
    { name: 'deep/second', data: 'er/file.txt', mode: LINK },
  ])
  expect(await readFile(join(folder, 'link'), 'utf8')).toBe('text')
  expect(await readlink(join(folder, 'link'))).toBe('deep/second')
  expect(await readFile(join(folder, 'stored'), 'utf8')).toBe('plain')
  expect((await stat(join(folder, 'bootstrap'))).mode & 0o777).toBe(0o555)
  expect((await stat(join(folder, 'stored'))).mode & 0o777).toBe(0o444)
  expect(await readdir(join(folder, 'empty'))).toEqual([])
})

const BAD: readonly (readonly [what: string, entries: readonly TestEntry[]])[] = [
  ['a link outside', [{ name: 'l', data: '../x', mode: LINK }]],
  [
    'a link outside through links inside',
    [
      { name: 'd/e/f', data: '' },
      { name: 'up', data: 'd/e/..', mode: LINK },
      { name: 'out', data: 'up/../../x', mode: LINK },
    ],
  ],
  [
    'a file behind a link',
    [
      { name: 'l', data: '..', mode: LINK },
      { name: 'l/escaped', data: 'x' },
    ],
  ],
  [
    'a link in place of a file',
    [
      { name: 'f', data: 'x' },
      { name: 'f', data: 'g', mode: LINK },
    ],
  ],
  [
    'a file in place of a folder',
    [
      { name: 'd/f', data: 'x' },
      { name: 'd', data: 'x' },
    ],
  ],
  ['a link to nothing', [{ name: 'l', data: 'nothing', mode: LINK }]],
  ['more entries than allowed', Array.from({ length: 11 }, (_, at) => ({ name: `${at}`, data: '' }))],
  [
    'more bytes than allowed, in sum',
    [
      { name: 'a', data: Buffer.alloc(600_000) },
      { name: 'b', data: Buffer.alloc(600_000) },
    ],
  ],
]
for (const [what, entries] of BAD) {
  test(`refused: ${what}`, async () => {
    const failed = await unzipped(what, entries).catch((error: unknown) => error)
    expect(failed).toMatchObject({ name: 'ZipError' })
    expect(await readdir(join(root, what))).toEqual(['inside'])
  })
}

test('code is unpacked once, whole, and kept for the next start', async () => {
  const cache = join(root, 'cache')
  let reads = 0
  const read = async (): Promise<Uint8Array> => {
    reads++
    return zipOf({ 'index.js': 'x' })
  }
  const folders = new CodeFolders(cache)
  const [one, two] = await Promise.all([folders.folderOf('aa', read), folders.folderOf('aa', read)])
  expect(two).toBe(one)
  expect(await new CodeFolders(cache).folderOf('aa', read)).toBe(one)
  expect(reads).toBe(1)
  expect(await readdir(one)).toEqual(['index.js'])
})

test('a failure leaves nothing; the next attempt is a new one', async () => {
  const cache = join(root, 'failing')
  const folders = new CodeFolders(cache)
  const bad = await folders.folderOf('bb', async () => Buffer.from('bad')).catch((error: unknown) => error)
  expect(bad).toMatchObject({ name: 'ZipError' })
  expect(await readdir(join(cache, 'code'))).toEqual([])
  expect(await folders.folderOf('bb', async () => zipOf({ a: '' }))).toBe(join(cache, 'code', 'bb'))
})

test('what no function needs is removed, unfinished folders too', async () => {
  const cache = join(root, 'pruned')
  const folders = new CodeFolders(cache)
  await folders.prune(new Set()) // before anything is there
  await folders.folderOf('aa', async () => zipOf({ a: '' }))
  await folders.folderOf('bb', async () => zipOf({ a: '' }))
  await mkdir(join(cache, 'code', '.cc-123'))
  await writeFile(join(cache, 'code', '.cc-123', 'half'), '')
  await folders.prune(new Set(['bb']))
  expect(await readdir(join(cache, 'code'))).toEqual(['bb'])
})
