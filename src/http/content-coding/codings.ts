import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createGunzip,
  createGzip,
  createInflate,
  createZstdCompress,
  createZstdDecompress,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'
import type { Transform } from 'node:stream'
import { ZstdFrames } from './zstd-frames.ts'

/** The content codings that are spoken. `deflate` is the zlib format, as RFC 9110 §8.4.1.2 has it; never raw. */
export type ContentCoding = 'gzip' | 'deflate' | 'br' | 'zstd'

/** A stream of node:zlib. It works in another thread. */
export interface CodingStream extends Transform {
  /** Bytes that were understood; fewer than written when something followed the end. */
  readonly bytesWritten: number
}

/** Judges whether coded bytes are complete where the library does not tell. */
export interface Completeness {
  read(bytes: Uint8Array): void
  readonly complete: boolean
}

export interface Decoded {
  readonly bytes: Uint8Array
  /** Bytes that were understood. */
  readonly used: number
}

export interface Coding {
  /** Gives out all that it can after each write. */
  readonly encoder: () => CodingStream
  readonly decoder: () => CodingStream
  readonly encode: (bytes: Uint8Array) => Uint8Array
  /** @throws Error with a `code`; ERR_BUFFER_TOO_LARGE past `bytesMax` */
  readonly decode: (bytes: Uint8Array, bytesMax: number) => Decoded
  readonly completeness?: () => Completeness
}

/** A third of the work of zlib's default, 6, for 6 % more bytes of JSON. */
const DEFLATE_LEVEL = 2
/** The last before brotli's work doubles. */
const BROTLI_QUALITY = 4
const ZSTD_LEVEL = 3
/** 8 MB, more than which nobody may ask of a decoder (RFC 9659 §3). */
const ZSTD_WINDOW_LOG_MAX = 23

const deflateFlush = { level: DEFLATE_LEVEL, flush: constants.Z_SYNC_FLUSH }
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }
const zstd = {
  params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
}
const zstdWindow = { params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } }

export const contentCodings: Readonly<Record<ContentCoding, Coding>> = {
  gzip: {
    encoder: () => createGzip(deflateFlush),
    decoder: () => createGunzip(),
    encode: (bytes) => gzipSync(bytes, { level: DEFLATE_LEVEL }),
    decode: (bytes, bytesMax) => told(gunzipSync(bytes, informed(bytesMax))),
  },
  deflate: {
    encoder: () => createDeflate(deflateFlush),
    decoder: () => createInflate(),
    encode: (bytes) => deflateSync(bytes, { level: DEFLATE_LEVEL }),
    decode: (bytes, bytesMax) => told(inflateSync(bytes, informed(bytesMax))),
  },
  br: {
    encoder: () => createBrotliCompress({ ...brotli, flush: constants.BROTLI_OPERATION_FLUSH }),
    decoder: () => createBrotliDecompress(),
    encode: (bytes) => brotliCompressSync(bytes, brotli),
    decode: (bytes, bytesMax) => told(brotliDecompressSync(bytes, informed(bytesMax))),
  },
  zstd: {
    encoder: () => createZstdCompress({ ...zstd, flush: constants.ZSTD_e_flush }),
    decoder: () => createZstdDecompress(zstdWindow),
    encode: (bytes) => zstdCompressSync(bytes, zstd),
    decode: (bytes, bytesMax) => told(zstdDecompressSync(bytes, { ...zstdWindow, ...informed(bytesMax) })),
    // Bun 1.4 takes a truncated zstd stream for a whole one.
    completeness: () => new ZstdFrames(),
  },
}

/** The coding of that name in a header; `x-gzip` is gzip (RFC 9110 §8.4.1.3). */
export function codingNamed(name: string): ContentCoding | undefined {
  const lower = name.toLowerCase()
  if (lower === 'x-gzip') return 'gzip'
  return Object.hasOwn(contentCodings, lower) ? (lower as ContentCoding) : undefined
}

function informed(bytesMax: number): { maxOutputLength: number; info: true } {
  return { maxOutputLength: Math.max(bytesMax, 1), info: true }
}

/** With `info`, node:zlib gives the stream, too; its types do not say so. */
function told(result: unknown): Decoded {
  const { buffer, engine } = result as { buffer: Uint8Array; engine: CodingStream }
  return { bytes: buffer, used: engine.bytesWritten }
}
