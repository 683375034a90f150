import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fromBufferPromise } from 'yauzl'

/** Unpacks an archive into a folder, as its receiver would. @returns the names in it */
export async function unzipTo(folder: string, bytes: Uint8Array): Promise<readonly string[]> {
  const names: string[] = []
  const archive = await fromBufferPromise(Buffer.from(bytes), { validateEntrySizes: true })
  for await (const entry of archive.eachEntry()) {
    const chunks: Buffer[] = []
    for await (const chunk of await archive.openReadStreamPromise(entry)) chunks.push(chunk as Buffer)
    const file = join(folder, entry.fileName)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, Buffer.concat(chunks))
    names.push(entry.fileName)
  }
  return names
}
