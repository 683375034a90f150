import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'

/** A file for an archive. */
export interface ZipEntry {
  /** With `/` between folders. */
  readonly name: string
  readonly bytes: Uint8Array
  /** Unix permission bits. */
  readonly mode: number
}

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
/** 1980-01-01: the same files make the same archive, so an upload that changes nothing is seen to change nothing. */
const DATE = 0x21
const UTF8_NAMES = 0x0800
const UNIX = 3 << 8
const REGULAR_FILE = 0o100000

/** A ZIP archive of the entries, stored uncompressed: function code is uploaded once, over loopback as a rule. */
export function zip(entries: readonly ZipEntry[]): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const { name, bytes, mode } of entries) {
    const encoded = Buffer.from(name, 'utf8')
    const checksum = Bun.hash.crc32(bytes)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(LOCAL, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt16LE(UTF8_NAMES, 6)
    local.writeUInt16LE(DATE, 12)
    local.writeUInt32LE(checksum, 14)
    local.writeUInt32LE(bytes.length, 18)
    local.writeUInt32LE(bytes.length, 22)
    local.writeUInt16LE(encoded.length, 26)
    parts.push(local, encoded, bytes)

    const central = Buffer.alloc(46)
    central.writeUInt32LE(CENTRAL, 0)
    central.writeUInt16LE(UNIX | 20, 4)
    central.writeUInt16LE(20, 6)
    central.writeUInt16LE(UTF8_NAMES, 8)
    central.writeUInt16LE(DATE, 14)
    central.writeUInt32LE(checksum, 16)
    central.writeUInt32LE(bytes.length, 20)
    central.writeUInt32LE(bytes.length, 24)
    central.writeUInt16LE(encoded.length, 28)
    central.writeUInt32LE(((REGULAR_FILE | mode) << 16) >>> 0, 38)
    central.writeUInt32LE(offset, 42)
    directory.push(central, encoded)
    offset += local.length + encoded.length + bytes.length
  }
  const directoryBytes = directory.reduce((sum, part) => sum + part.length, 0)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directoryBytes, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, ...directory, end])
}

/** Everything in a folder, without what never belongs to a function's code. */
export function zipFolder(folder: string): Uint8Array {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/(^|[\\/])(\.git|__pycache__)[\\/]/.test(file.slice(folder.length)))
    .sort()
    .map((file) => ({
      name: file
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
      bytes: readFileSync(file),
      mode: statSync(file).mode & 0o777,
    }))
  return zip(entries)
}
