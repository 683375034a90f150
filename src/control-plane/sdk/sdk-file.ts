import type { ZipEntry } from '#base/zip.ts'

/** @param name with `/` between folders */
export function sdkFile(name: string, text: string): ZipEntry {
  return { name, bytes: Buffer.from(text, 'utf8'), mode: 0o644 }
}
