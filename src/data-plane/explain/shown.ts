import { isUtf8 } from 'node:buffer'
import type { Headers } from '#http/headers.ts'
import { shownPairs } from './redactor.ts'

/** So much of a body is shown. */
export const bodyShownBytesMax = 4096

export interface ShownBody {
  /** The whole body's length; undefined while it is unknown. */
  readonly bytes: number | undefined
  /** The beginning, as text where it is UTF-8. */
  readonly text?: string
  readonly base64?: string
}

export function shownBody(beginning: Uint8Array, bytes: number | undefined = beginning.length): ShownBody {
  const cut = beginning.subarray(0, bodyShownBytesMax)
  const whole = bytes !== undefined && bytes <= cut.length
  // A character may be cut in two.
  for (let length = cut.length; length >= Math.max(0, cut.length - (whole ? 0 : 3)); length--) {
    const piece = cut.subarray(0, length)
    if (isUtf8(piece)) return { bytes, text: Buffer.from(piece).toString('utf8') + (whole ? '' : '…') }
  }
  return { bytes, base64: Buffer.from(cut).toString('base64') }
}

export function shownHeaders({ raw }: Headers): [name: string, value: string][] {
  return shownPairs(raw)
}

/** Name → values, those under secret names hidden. */
export function shownValues(
  values: Iterable<readonly [string, readonly string[]]>,
): Record<string, string[]> {
  const shown = [...values].map(([name, all]): [string, string[]] => [
    name,
    shownPairs(all.flatMap((value) => [name, value])).map(([, value]) => value),
  ])
  return Object.fromEntries(shown)
}
