import { afterAll, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBufferPromise } from 'yauzl'
import { zipFolder } from './zip-folder.ts'

const base = mkdtempSync(join(tmpdir(), 'gatehouse-zip-'))
afterAll(() => rmSync(base, { recursive: true }))

/** Name → permission bits, in octal. */
async function listed(archive: Uint8Array): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for await (const entry of (await fromBufferPromise(Buffer.from(archive))).eachEntry()) {
    found[entry.fileName] = ((entry.externalFileAttributes >>> 16) & 0o777).toString(8)
  }
  return found
}

test('files with their permissions; links followed, but not in circles; no traces of tools', async () => {
  const folder = join(base, 'code')
  mkdirSync(join(folder, 'lib', '__pycache__'), { recursive: true })
  mkdirSync(join(folder, '.git'))
  mkdirSync(join(base, 'store', 'dependency'), { recursive: true })
  for (const name of ['index.mjs', 'lib/a.mjs', 'lib/__pycache__/a.pyc', '.git/HEAD', '.env']) {
    writeFileSync(join(folder, name), name)
    chmodSync(join(folder, name), 0o644)
  }
  chmodSync(join(folder, 'index.mjs'), 0o755)
  writeFileSync(join(base, 'store', 'dependency', 'main.js'), '1')
  chmodSync(join(base, 'store', 'dependency', 'main.js'), 0o600)
  symlinkSync(join(base, 'store', 'dependency'), join(folder, 'dependency'))
  symlinkSync(join(folder, 'index.mjs'), join(folder, 'link.mjs'))
  symlinkSync(folder, join(folder, 'lib', 'circle'))
  symlinkSync(join(base, 'nothing'), join(folder, 'dangling'))
  expect(await listed(zipFolder(folder))).toEqual({
    '.env': '644',
    'dependency/main.js': '600',
    'index.mjs': '755',
    'lib/a.mjs': '644',
    'link.mjs': '755',
  })
})

test('a folder that cannot be read is named', () => {
  expect(() => zipFolder(join(base, 'nowhere'))).toThrow(/nowhere: ENOENT/)
})
