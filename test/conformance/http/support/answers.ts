export interface Answer {
  readonly status: number
  /** Lower-case name and value, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** False where the connection ended inside the body. */
  readonly complete: boolean
}

/**
 * Splits what a server sent into answers.
 * @param methods of the requests they answer, in order: answers to HEAD have no body. GET where none is given
 * @throws Error on anything that is not well-formed HTTP/1.1
 */
export function parseAnswers(text: string, methods: readonly string[] = []): Answer[] {
  const answers: Answer[] = []
  let final = 0
  let at = 0
  while (at < text.length) {
    const end = text.indexOf('\r\n\r\n', at)
    if (end === -1) throw new Error(`unfinished head: ${JSON.stringify(text.slice(at))}`)
    const [statusLine = '', ...lines] = text.slice(at, end).split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) [\t\x20-\x7e]*$/.exec(statusLine)?.[1])
    if (Number.isNaN(status)) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`)
    const fields = lines.map((line) => {
      const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\t\x20-\x7e\x80-\xff]*)$/.exec(line) ?? []
      if (name === undefined || value === undefined) throw new Error(`not a field: ${JSON.stringify(line)}`)
      return [name.toLowerCase(), value] as const
    })
    at = end + 4
    const head = methods[final] === 'HEAD'
    if (status >= 200) final++
    const [body, next, complete] = readBody(
      text,
      at,
      fields,
      head || status < 200 || status === 204 || status === 304,
    )
    at = next
    answers.push({ status, fields, body, complete })
  }
  return answers
}

export function field(answer: Answer | undefined, name: string): string | undefined {
  return answer?.fields.find(([given]) => given === name)?.[1]
}

type Fields = Answer['fields']

function readBody(
  text: string,
  at: number,
  fields: Fields,
  bodiless: boolean,
): [body: string, next: number, complete: boolean] {
  if (bodiless) return ['', at, true]
  const value = (name: string): string | undefined => fields.find(([given]) => given === name)?.[1]
  const length = value('content-length')
  if (value('transfer-encoding') !== undefined) {
    if (length !== undefined) throw new Error('Content-Length beside Transfer-Encoding')
    return readChunks(text, at)
  }
  if (length === undefined) return [text.slice(at), text.length, true]
  const end = at + Number(length)
  return [text.slice(at, end), Math.min(end, text.length), end <= text.length]
}

function readChunks(text: string, at: number): [body: string, next: number, complete: boolean] {
  let body = ''
  for (;;) {
    const line = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 12))
    if (line === null) return [body, text.length, false]
    const size = Number.parseInt(line[1] as string, 16)
    at += line[0].length
    body += text.slice(at, at + size)
    at += size
    if (text.slice(at, at + 2) !== '\r\n') return [body, text.length, false]
    at += 2
    if (size === 0) return [body, at, true]
  }
}
