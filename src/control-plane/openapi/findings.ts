import { AwsError } from '#aws/error.ts'
import type { Diagnostic } from '#base/diagnostic.ts'
import { badRequest } from '../apigateway/errors.ts'
import { pathText, type Cursor } from './document-reader.ts'
import type { ParsedDocument } from './parse-document.ts'

/** What an import found wrong, answered all at once in AWS's form. */
export class Findings {
  readonly #found: Diagnostic[]
  readonly #document: ParsedDocument

  /** @param found what reading the document found already */
  constructor(document: ParsedDocument, found: readonly Diagnostic[]) {
    this.#document = document
    this.#found = [...found]
  }

  error(at: Cursor, message: string): void {
    this.#note('error', at, message)
  }

  warn(at: Cursor, message: string): void {
    this.#note('warning', at, message)
  }

  /** Runs a check; what it refuses becomes a finding: `Unable to put method …: {reason}`. */
  attempt<T>(at: Cursor, what: string, check: () => T): T | undefined {
    try {
      return check()
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      this.error(at, `${what}: ${error.message}`)
      return undefined
    }
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#found
  }

  /** Without places, as HTTP APIs have them; in the order of the document. */
  get warningMessages(): readonly string[] {
    return this.#sorted('warning').map(({ message }) => message)
  }

  get warnings(): readonly string[] {
    return this.#lines('warning')
  }

  /** @throws BadRequestException when there are errors, or warnings that the caller will not have */
  refuse(failOnWarnings: boolean): void {
    const errors = this.#lines('error')
    if (errors.length > 0) throw badRequest(['Errors found during import:', ...errors].join('\n\t'))
    const { warnings } = this
    if (failOnWarnings && warnings.length > 0) {
      throw badRequest(['Warnings found during import:', ...warnings].join('\n\t'))
    }
  }

  #note(severity: Diagnostic['severity'], { path }: Cursor, message: string): void {
    this.#found.push({ severity, message, where: pathText(path), ...this.#document.locate(path) })
  }

  #lines(severity: Diagnostic['severity']): readonly string[] {
    return this.#sorted(severity).map(findingText)
  }

  #sorted(severity: Diagnostic['severity']): readonly Diagnostic[] {
    return this.#found
      .filter((finding) => finding.severity === severity)
      .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
  }
}

/** `{message} (line 3, column 5)` */
export function findingText({ message, line, column }: Diagnostic): string {
  return line === undefined ? message : `${message} (line ${line}, column ${column})`
}
