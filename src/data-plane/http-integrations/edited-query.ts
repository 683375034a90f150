import { encodeQuery, parseQuery } from '#data-plane/query-string.ts'

/** A query while mappings change it: what they do not name goes on as it was sent, in its place. */
export class EditedQuery {
  /** As on the wire, each behind the separator that it came with; the first behind one that `text` leaves out. */
  #pieces: string[]

  /** @param query what follows `?` */
  constructor(query: string | undefined) {
    this.#pieces = query === undefined || query === '' ? [] : `&${query}`.split(/(?=[&;])/)
  }

  append(name: string, value: string): void {
    this.#pieces.push(written(name, value))
  }

  /** Every value gives way to one, at the place of the first. */
  overwrite(name: string, value: string): void {
    const at = this.#pieces.findIndex((piece) => nameOf(piece) === name)
    if (at === -1) return this.append(name, value)
    this.#pieces[at] = written(name, value)
    this.#pieces = this.#pieces.filter((piece, place) => place <= at || nameOf(piece) !== name)
  }

  remove(name: string): void {
    this.#pieces = this.#pieces.filter((piece) => nameOf(piece) !== name)
  }

  /** Undefined: nothing is left. */
  get text(): string | undefined {
    return this.#pieces.length === 0 ? undefined : this.#pieces.join('').slice(1)
  }
}

function written(name: string, value: string): string {
  return `&${encodeQuery(new Map([[name, [value]]]))}`
}

function nameOf(piece: string): string | undefined {
  return parseQuery(piece).keys().next().value
}
