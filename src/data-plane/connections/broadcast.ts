import { utf8Text } from '#base/utf8.ts'
import { isConnectionId } from './management-path.ts'
import { broadcastIdsMax } from './management-settings.ts'

/** A message to several connections. */
export interface Broadcast {
  /** Undefined: all of the stage. */
  readonly ids: readonly string[] | undefined
  /** A string goes as text. */
  readonly data: string | Uint8Array
}

export interface BroadcastFault {
  readonly status: 400 | 413
  readonly errorType: string
  readonly message: string
}

/** Reads `{"connectionIds": […], "data": "text"}`, or with `dataBase64` in place of `data`. */
export function readBroadcast(body: Uint8Array, pushBytesMax: number): Broadcast | BroadcastFault {
  const found = parse(body)
  if (found === undefined) return badRequest('the body: expected a JSON object')
  const { connectionIds: ids, data, dataBase64, ...others } = found
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    return badRequest(`${unknown}: expected connectionIds, and data or dataBase64`)
  }
  if (ids !== undefined && !areIds(ids)) {
    return badRequest(`connectionIds: expected at most ${broadcastIdsMax} ids of connections`)
  }
  const message = messageOf(data, dataBase64)
  if (message === undefined) return badRequest('expected data, a text, or dataBase64')
  const bytes = typeof message === 'string' ? Buffer.byteLength(message) : message.length
  if (bytes > pushBytesMax) {
    const told = `a message of ${bytes} bytes, at most ${pushBytesMax}`
    return { status: 413, errorType: 'PayloadTooLargeException', message: told }
  }
  return { ids: ids === undefined ? undefined : [...new Set(ids)], data: message }
}

function parse(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(utf8Text(body))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function areIds(value: unknown): value is string[] {
  if (!Array.isArray(value) || value.length > broadcastIdsMax) return false
  return value.every((id) => typeof id === 'string' && isConnectionId(id))
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

function messageOf(data: unknown, base64: unknown): string | Uint8Array | undefined {
  if (typeof data === 'string') return base64 === undefined ? data : undefined
  if (data !== undefined || typeof base64 !== 'string' || !BASE64.test(base64)) return undefined
  return Buffer.from(base64, 'base64')
}

function badRequest(message: string): BroadcastFault {
  return { status: 400, errorType: 'BadRequestException', message }
}
