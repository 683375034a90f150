import { expect, test } from 'bun:test'
import { fromBufferPromise } from 'yauzl'
import { zip } from './zip.ts'

test('an archive is read back by the reader that functions are unpacked with', async () => {
  const entries = [
    { name: 'index.mjs', bytes: Buffer.from('export {}'), mode: 0o644 },
    { name: 'bin/größe', bytes: Buffer.alloc(70_000, 7), mode: 0o755 },
    { name: 'empty', bytes: Buffer.alloc(0), mode: 0o600 },
  ]
  const archive = await fromBufferPromise(Buffer.from(zip(entries)), { validateEntrySizes: true })
  const found: { name: string; bytes: Buffer; mode: number }[] = []
  for await (const entry of archive.eachEntry()) {
    const chunks: Buffer[] = []
    for await (const chunk of await archive.openReadStreamPromise(entry)) chunks.push(chunk as Buffer)
    found.push({
      name: entry.fileName,
      bytes: Buffer.concat(chunks),
      mode: (entry.externalFileAttributes >>> 16) & 0o777,
    })
  }
  expect(found).toEqual(entries)
})

test('the same files make the same archive', () => {
  const entries = [{ name: 'a', bytes: Buffer.from('a'), mode: 0o644 }]
  expect(zip(entries)).toEqual(zip(entries))
})

test('more files than an archive can count are refused', () => {
  const entry = { name: 'a', bytes: Buffer.alloc(0), mode: 0o644 }
  expect(() => zip(Array.from({ length: 65_536 }, () => entry))).toThrow(
    /^65536 files: an archive holds at most 65535$/,
  )
})
