import type { Diagnostic } from '#base/diagnostic.ts'
import { parsePointer } from '../apigateway/json-pointer.ts'
import { isRecord, kindOf, type DocumentPath, type ParsedDocument } from './parse-document.ts'

/** One value of a document and where it stands. */
export interface Cursor {
  readonly value: unknown
  readonly path: DocumentPath
}

/** References followed for one value at most: `a` → `b` → … */
const referenceHopsMax = 32

/**
 * Reads a document by type, following `$ref`s, and notes what is not as expected: reading goes on past a
 * mistake, so that an owner sees all of them at once.
 */
export class DocumentReader {
  readonly findings: Diagnostic[] = []
  readonly #document: ParsedDocument

  constructor(document: ParsedDocument) {
    this.#document = document
  }

  get root(): Cursor {
    return { value: this.#document.root, path: [] }
  }

  /** The member, references followed; undefined when it is absent or null. */
  member(cursor: Cursor, name: string): Cursor | undefined {
    if (!isRecord(cursor.value) || !Object.hasOwn(cursor.value, name)) return undefined
    return this.#resolve({ value: cursor.value[name], path: [...cursor.path, name] })
  }

  /** Members by name, references followed. */
  members(cursor: Cursor | undefined): readonly (readonly [string, Cursor])[] {
    if (cursor === undefined) return []
    if (!isRecord(cursor.value)) {
      this.#expected(cursor, 'a map')
      return []
    }
    return Object.keys(cursor.value).flatMap((name) => {
      const member = this.member(cursor, name)
      return member === undefined ? [] : [[name, member] as const]
    })
  }

  /** Items of a list, references followed. */
  items(cursor: Cursor | undefined): readonly Cursor[] {
    if (cursor === undefined) return []
    if (!Array.isArray(cursor.value)) {
      this.#expected(cursor, 'a list')
      return []
    }
    return cursor.value.flatMap((value: unknown, index) => {
      const item = this.#resolve({ value, path: [...cursor.path, index] })
      return item === undefined ? [] : [item]
    })
  }

  /** A text; numbers and booleans are taken as they were written. */
  text(cursor: Cursor | undefined): string | undefined {
    if (cursor === undefined) return undefined
    const { value } = cursor
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') {
      return this.#document.sourceOf(cursor.path) ?? String(value)
    }
    this.#expected(cursor, 'a text')
    return undefined
  }

  /**
   * A version such as `1.0`. As a number of JSON it is 1, which AWS takes for another version (recorded); in YAML it
   * is as written.
   */
  versionMember(cursor: Cursor, name: string): string | undefined {
    const member = this.member(cursor, name)
    if (typeof member?.value === 'number' && this.#document.isJson) return String(member.value)
    return this.text(member)
  }

  textMember(cursor: Cursor, name: string): string | undefined {
    return this.text(this.member(cursor, name))
  }

  /**
   * A map of texts; undefined when absent.
   * @param refused told of what is a number or a boolean, which is then left out; taken as written when undefined
   */
  texts(
    cursor: Cursor | undefined,
    refused?: (name: string, member: Cursor) => void,
  ): Readonly<Record<string, string>> | undefined {
    if (cursor === undefined) return undefined
    return Object.fromEntries(
      this.members(cursor).flatMap(([name, member]) => {
        if (refused !== undefined && isPlain(member.value)) {
          refused(name, member)
          return []
        }
        const text = this.text(member)
        return text === undefined ? [] : [[name, text]]
      }),
    )
  }

  textItems(cursor: Cursor | undefined): readonly string[] | undefined {
    if (cursor === undefined) return undefined
    return this.items(cursor).flatMap((item) => this.text(item) ?? [])
  }

  booleanMember(cursor: Cursor, name: string): boolean | undefined {
    const member = this.member(cursor, name)
    if (member === undefined) return undefined
    if (typeof member.value === 'boolean') return member.value
    if (member.value === 'true' || member.value === 'false') return member.value === 'true'
    this.#expected(member, 'true or false')
    return undefined
  }

  integerMember(cursor: Cursor, name: string): number | undefined {
    const member = this.member(cursor, name)
    if (member === undefined) return undefined
    const value = typeof member.value === 'string' ? Number(member.value || NaN) : member.value
    if (Number.isInteger(value)) return value as number
    this.#expected(member, 'a whole number')
    return undefined
  }

  /** One of a few names in any case, as the documents of API Gateway have them. */
  choiceMember<T extends string>(cursor: Cursor, name: string, names: readonly T[]): T | undefined {
    const member = this.member(cursor, name)
    const text = this.text(member)
    if (member === undefined || text === undefined) return undefined
    const found = names.find((known) => known.toLowerCase() === text.toLowerCase())
    if (found === undefined) this.#expected(member, `one of ${names.join(', ')}`)
    return found
  }

  /** A value as it is, as far as `check` finds nothing wrong with it. */
  checkedMember(
    cursor: Cursor,
    name: string,
    check: (value: unknown, path: DocumentPath) => readonly { path: DocumentPath; message: string }[],
  ): unknown {
    const member = this.member(cursor, name)
    if (member === undefined) return undefined
    const findings = check(member.value, member.path)
    for (const { path, message } of findings) this.error({ value: undefined, path }, message)
    return findings.length === 0 ? member.value : undefined
  }

  error(cursor: Cursor, message: string): void {
    this.#note('error', cursor, message)
  }

  warn(cursor: Cursor, message: string): void {
    this.#note('warning', cursor, message)
  }

  #expected(cursor: Cursor, what: string): void {
    this.error(cursor, `${pathText(cursor.path)}: expected ${what}, found ${kindOf(cursor.value)}`)
  }

  #note(severity: Diagnostic['severity'], { path }: Cursor, message: string): void {
    this.findings.push({ severity, message, where: pathText(path), ...this.#document.locate(path) })
  }

  #resolve(cursor: Cursor): Cursor | undefined {
    let at = cursor
    for (let hops = 0; hops <= referenceHopsMax; hops++) {
      if (at.value === null || at.value === undefined) return undefined
      if (!isRecord(at.value) || typeof at.value['$ref'] !== 'string') return at
      const target = this.#target(at.value['$ref'])
      if (target === undefined) {
        this.error(
          at,
          `${pathText(at.path)}: the reference ${at.value['$ref']} leads nowhere in this document`,
        )
        return undefined
      }
      at = target
    }
    this.error(cursor, `${pathText(cursor.path)}: the reference goes round in a circle`)
    return undefined
  }

  /** Only references within the document: nothing is fetched or read for one. */
  #target(reference: string): Cursor | undefined {
    const tokens = reference.startsWith('#') ? parsePointer(decodedFragment(reference.slice(1))) : undefined
    if (tokens === undefined) return undefined
    let value: unknown = this.#document.root
    for (const token of tokens) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined
      value = (value as Readonly<Record<string, unknown>>)[token]
    }
    return { value, path: tokens }
  }
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean'
}

function decodedFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return fragment
  }
}

/** `paths./pets.get`. */
export function pathText(path: DocumentPath): string {
  return path.length === 0 ? 'the document' : path.join('.')
}
