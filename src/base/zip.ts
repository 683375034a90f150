import { deflateRawSync } from 'node:zlib'

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
const STORED = 0
const DEFLATED = 8
/** 1980-01-01: the same files make the same archive, so an upload that changes nothing is seen to change nothing. */
const DATE = 0x21
const UTF8_NAMES = 0x0800
const UNIX = 3 << 8
const REGULAR_FILE = 0o100000
/** What the format can count without extensions that not every reader knows. */
const entriesMax = 0xffff
const archiveBytesMax = 0xffff_ffff

/**
 * A ZIP archive of the entries.
 * @throws RangeError when they are too many or too large for one
 */
export function zip(entries: readonly ZipEntry[]): Uint8Array {
  if (entries.length > entriesMax) {
    throw new RangeError(`${entries.length} files: an archive holds at most ${entriesMax}`)
  }
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const entry of entries) {
    const name = Buffer.from(entry.name, 'utf8')
    const deflated = deflateRawSync(entry.bytes)
    const smaller = deflated.length < entry.bytes.length
    const content = smaller ? deflated : entry.bytes
    // The part that a file's own header and the directory have in common.
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(UTF8_NAMES, 2)
    common.writeUInt16LE(smaller ? DEFLATED : STORED, 4)
    common.writeUInt16LE(DATE, 8)
    common.writeUInt32LE(Bun.hash.crc32(entry.bytes), 10)
    common.writeUInt32LE(content.length, 14)
    common.writeUInt32LE(entry.bytes.length, 18)
    common.writeUInt16LE(name.length, 22)
    parts.push(word32(LOCAL), common, name, content)

    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(((REGULAR_FILE | entry.mode) << 16) >>> 0, 6)
    rest.writeUInt32LE(offset, 10)
    directory.push(word32(CENTRAL), word16(UNIX | 20), common, rest, name)
    offset += 4 + common.length + name.length + content.length
    if (offset > archiveBytesMax) throw new RangeError(`the files are too large for an archive`)
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(
    directory.reduce((sum, part) => sum + part.length, 0),
    12,
  )
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, ...directory, end])
}

function word16(value: number): Uint8Array {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function word32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
