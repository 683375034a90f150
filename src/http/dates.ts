let second = -1
let line = ''

/** The Date field line of an answer, made anew once a second. */
export function dateLine(nowMs: number): string {
  const present = Math.floor(nowMs / 1000)
  if (present !== second) {
    second = present
    line = `Date: ${new Date(nowMs).toUTCString()}\r\n`
  }
  return line
}
