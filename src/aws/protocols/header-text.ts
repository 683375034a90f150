/** Text as a header value: UTF-8, one character a byte, and nothing that would end the line. */
export function headerText(text: string): string {
  return Buffer.from(text.replace(/\p{Cc}/gu, ' '), 'utf8').toString('latin1')
}
