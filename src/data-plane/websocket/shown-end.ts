import { closeCodes } from '#http/websocket/close-codes.ts'
import type { ConnectionEnd } from './websocket-event.ts'

/** What ends without a reason of their own are called: guessed, see docs/compatibility.md. */
const REASONS: Readonly<Record<number, string>> = {
  [closeCodes.absent]: 'Client-side close frame status not set',
  [closeCodes.lost]: 'Connection closed abnormally',
}

/** An end as `$disconnect` is told of it. */
export function shownEnd({ code, reason }: ConnectionEnd): ConnectionEnd {
  return { code, reason: REASONS[code] ?? reason }
}
