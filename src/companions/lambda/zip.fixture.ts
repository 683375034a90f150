import { crc32, deflateRawSync } from 'node:zlib'

/** A file of a test's archive; the lies are for archives that do not keep to the format. */
export interface TestEntry {
  readonly name: string
  readonly data?: string | Uint8Array
  /** Unix mode with file type; 0o100644 by default. */
  readonly mode?: number
  readonly stored?: boolean
  /** Said in the directory instead of the true one. */
  readonly claimedBytes?: number
  readonly claimedCrc?: number
  readonly flags?: number
  readonly method?: number
}

/** Writes a ZIP for tests, byte by byte, so that it can be a bad one. */
export function testZip(entries: readonly TestEntry[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const name = Buffer.from(entry.name)
    const data = Buffer.from(entry.data ?? '')
    const packed = entry.stored === true ? data : deflateRawSync(data)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(entry.flags ?? 0x0800, 2)
    common.writeUInt16LE(entry.method ?? (entry.stored === true ? 0 : 8), 4)
    common.writeUInt32LE((entry.claimedCrc ?? crc32(data)) >>> 0, 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(entry.claimedBytes ?? data.length, 18)
    common.writeUInt16LE(name.length, 22)
    common.copy(local, 4)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(0x0314, 4) // made on Unix
    common.copy(central, 6)
    central.writeUInt32LE(((entry.mode ?? 0o100_644) << 16) >>> 0, 38)
    central.writeUInt32LE(offset, 42)
    parts.push(local, name, packed)
    directory.push(central, name)
    offset += 30 + name.length + packed.length
  }
  const directoryBytes = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directoryBytes.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, directoryBytes, end])
}

/** A ZIP of plain files. */
export function zipOf(files: Readonly<Record<string, string>>): Buffer {
  return testZip(Object.entries(files).map(([name, data]) => ({ name, data })))
}
