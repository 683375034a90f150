/** A finding about something an owner wrote: a document, a template, a configuration. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  /** What was found, what was expected, what to do. */
  readonly message: string
  /** Where: a file, or a path inside a definition such as `paths./pets.get`. */
  readonly where?: string | undefined
  /** From 1. */
  readonly line?: number | undefined
  readonly column?: number | undefined
}
