/** Up to here looking at each character costs less than a call into the runtime. */
const LOOPED_MAX = 80
const DELETE = 0x7f

/** A text as JSON: what `JSON.stringify` gives, at less cost for short ones of plain ASCII. */
export function quoted(text: string): string {
  const { length } = text
  if (length > LOOPED_MAX) return JSON.stringify(text)
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x22 || code === 0x5c || code >= DELETE) return JSON.stringify(text)
  }
  return `"${text}"`
}
