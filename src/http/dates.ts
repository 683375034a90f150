let second = -1
let text = ''

/** The value of Date, made anew once a second (RFC 9110 §5.6.7). */
export function dateText(nowMs: number): string {
  const present = Math.floor(nowMs / 1000)
  if (present !== second) {
    second = present
    text = new Date(nowMs).toUTCString()
  }
  return text
}

let lineSecond = -1
let line = ''

/**
 * The Date field line of an answer. The wall clock is asked once a second.
 * @param presentMs `eventTimeMs()`
 */
export function dateLine(presentMs: number): string {
  const present = Math.floor(presentMs / 1000)
  if (present !== lineSecond) {
    lineSecond = present
    line = `Date: ${new Date().toUTCString()}\r\n`
  }
  return line
}
