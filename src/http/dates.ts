let second = -1
let text = ''
let line = ''

/** The value of Date, made anew once a second (RFC 9110 §5.6.7). */
export function dateText(nowMs: number): string {
  const present = Math.floor(nowMs / 1000)
  if (present !== second) {
    second = present
    text = new Date(nowMs).toUTCString()
    line = `Date: ${text}\r\n`
  }
  return text
}

/** The Date field line of an answer. */
export function dateLine(nowMs: number): string {
  dateText(nowMs)
  return line
}
