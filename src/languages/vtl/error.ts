/** A mapping template failed while it ran: the whole render fails. */
export class TemplateError extends Error {
  /** Place of the failing directive or reference in the template, from 1. */
  readonly line: number
  readonly column: number
  /** The message without the place. */
  readonly reason: string
  constructor(message: string, line: number, column: number, options?: ErrorOptions) {
    super(`${message} (line ${line}, column ${column})`, options)
    this.name = 'TemplateError'
    this.line = line
    this.column = column
    this.reason = message
  }
}
