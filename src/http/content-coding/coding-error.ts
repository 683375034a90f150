import { HttpError } from '#http/errors.ts'

/** A body is not in the coding that it claims: cut short, corrupt, or followed by something else. */
export class CodingError extends HttpError {
  constructor(coding: string, what: string, options?: ErrorOptions) {
    super('malformed', `the body is not well-formed ${coding}: ${what}`, options)
    this.name = 'CodingError'
  }
}
