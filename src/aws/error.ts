/**
 * An error that AWS clients can tell apart: the table says its HTTP status, its code on each protocol, and how
 * its message member is spelt. Codes outside the table are answered with `status`.
 */
export class AwsError extends Error {
  /** Shape name: `NotFoundException`. */
  readonly code: string
  /** Used when the table does not know `code`. */
  readonly status: number
  /** Further members of the error shape. */
  readonly members: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, status = 400, members: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.name = 'AwsError'
    this.code = code
    this.status = status
    this.members = members
  }
}
