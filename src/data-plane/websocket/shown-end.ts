import { closeCodes } from '#http/websocket/close-codes.ts'
import type { ConnectionEnd } from './websocket-event.ts'

/** What AWS calls ends that have no reason of their own. Seen in logs of executions, as the other one is not. */
const REASONS: Readonly<Record<number, string>> = {
  [closeCodes.absent]: 'Client-side close frame status not set',
  [closeCodes.lost]: 'Connection closed abnormally',
}

/** An end as `$disconnect` is told of it. */
export function shownEnd({ code, reason }: ConnectionEnd): ConnectionEnd {
  return { code, reason: REASONS[code] ?? reason }
}
