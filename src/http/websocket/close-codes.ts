/** Status codes of RFC 6455 §7.4.1 that the engine itself sends or reports. */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  /** Never on the wire: the peer's close had no code. */
  absent: 1005,
  /** Never on the wire: the connection was lost without a close. */
  lost: 1006,
  notUtf8: 1007,
  policy: 1008,
  tooLarge: 1009,
  internalError: 1011,
} as const

/** Ranges that may be sent: RFC 6455 §7.4 and the IANA registry, then those of libraries and applications. */
const SENDABLE: readonly (readonly [first: number, last: number])[] = [
  [1000, 1003],
  [1007, 1014],
  [3000, 4999],
]

/** Whether a close frame may carry `code`. */
export function isSendableCloseCode(code: number): boolean {
  return Number.isInteger(code) && SENDABLE.some(([first, last]) => code >= first && code <= last)
}
