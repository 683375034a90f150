import { chmod, mkdir, realpath, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative, isAbsolute } from 'node:path'
import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'
import type { Entry, ZipFile } from 'yauzl'

export interface ZipLimits {
  readonly unzippedBytesMax: number
  readonly entriesMax: number
}

export type ZipProblem = 'malformed' | 'too-large' | 'empty'

/** A ZIP that cannot or must not be unpacked. `reason` is for us; what callers are told is AWS's to say. */
export class ZipError extends Error {
  readonly reason: ZipProblem
  constructor(reason: ZipProblem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ZipError'
    this.reason = reason
  }
}

const FILE_TYPE = 0o170_000
const SYMLINK = 0o120_000
const DIRECTORY = 0o040_000
const STORED = 0
const DEFLATED = 8
const LINK_BYTES_MAX = 4096

const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw)

/**
 * Unpacks a ZIP into `folder`, which must be empty. Nothing is written outside it: names with `..`, drive letters or
 * a leading slash are refused, and symbolic links are made last, only when what they name is inside.
 * @throws ZipError when the archive is broken, unsafe or passes a limit; `folder` then holds a part of it
 */
export async function unzip(bytes: Uint8Array, folder: string, limits: ZipLimits): Promise<void> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // Loaded with the first archive: a start without one is sooner.
  const { fromBufferPromise } = await import('yauzl')
  let zip: ZipFile
  try {
    zip = await fromBufferPromise(buffer, { lazyEntries: true, autoClose: false })
  } catch (error) {
    throw new ZipError('malformed', (error as Error).message, { cause: error })
  }
  if (zip.entryCount === 0) throw new ZipError('empty', 'no entries')
  if (zip.entryCount > limits.entriesMax) {
    throw new ZipError('too-large', `more than ${limits.entriesMax} entries: ${zip.entryCount}`)
  }
  const archive: Archive = { zip, buffer, folder, links: new Map(), made: new Set() }
  let unzippedBytes = 0
  try {
    for await (const entry of zip.eachEntry()) {
      unzippedBytes += entry.uncompressedSize
      if (unzippedBytes > limits.unzippedBytesMax) {
        throw new ZipError('too-large', `unzips to more than ${limits.unzippedBytesMax} bytes`)
      }
      await unpack(archive, entry)
    }
    await makeLinks(archive)
  } catch (error) {
    if (error instanceof ZipError) throw error
    throw new ZipError('malformed', (error as Error).message, { cause: error })
  }
}

interface Archive {
  readonly zip: ZipFile
  readonly buffer: Buffer
  readonly folder: string
  /** Path → what it names. */
  readonly links: Map<string, string>
  /** Folders that exist already. */
  readonly made: Set<string>
}

async function unpack(archive: Archive, entry: Entry): Promise<void> {
  // yauzl has refused absolute names and `..` by now.
  const path = join(archive.folder, entry.fileName)
  const mode = entry.externalFileAttributes >>> 16
  if (entry.fileName.endsWith('/') || (mode & FILE_TYPE) === DIRECTORY) {
    await makeFolder(archive, path)
    return
  }
  await makeFolder(archive, dirname(path))
  const data = await contents(archive, entry)
  if ((mode & FILE_TYPE) === SYMLINK) {
    if (data.length > LINK_BYTES_MAX) throw new ZipError('malformed', `${entry.fileName}: link too long`)
    archive.links.set(path, data.toString('utf8'))
    return
  }
  await writeFile(path, data)
  // Execute bits count; nobody writes: the folder is shared by every process of the code.
  await chmod(path, (mode & 0o111) === 0 ? 0o444 : 0o555)
}

async function makeFolder(archive: Archive, path: string): Promise<void> {
  if (archive.made.has(path)) return
  await mkdir(path, { recursive: true })
  archive.made.add(path)
}

async function contents({ zip, buffer }: Archive, entry: Entry): Promise<Buffer> {
  if (entry.isEncrypted()) throw new ZipError('malformed', `${entry.fileName} is encrypted`)
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
  const packed = buffer.subarray(fileDataStart, fileDataStart + entry.compressedSize)
  if (packed.length !== entry.compressedSize)
    throw new ZipError('malformed', `${entry.fileName} is cut short`)
  let data: Buffer
  if (entry.compressionMethod === STORED) data = packed
  else if (entry.compressionMethod === DEFLATED) {
    data = await inflate(packed, { maxOutputLength: Math.max(entry.uncompressedSize, 1) })
  } else throw new ZipError('malformed', `${entry.fileName}: compression method ${entry.compressionMethod}`)
  if (data.length !== entry.uncompressedSize) {
    throw new ZipError('malformed', `${entry.fileName} has another size than it says`)
  }
  if (crc32(data) !== entry.crc32) throw new ZipError('malformed', `${entry.fileName}: wrong checksum`)
  return data
}

/** Links come last, so that no file is written through one; where each really leads is asked when all are there. */
async function makeLinks({ folder, links }: Archive): Promise<void> {
  for (const [path, target] of links) {
    if (isAbsolute(target)) throw new ZipError('malformed', `link to an absolute path: ${target}`)
    await symlink(target, path)
  }
  const root = await realpath(folder)
  for (const [path, target] of links) {
    const reached = relative(root, await realpath(path))
    if (reached.startsWith('..') || isAbsolute(reached)) {
      throw new ZipError('malformed', `link out of the archive: ${target}`)
    }
  }
}
