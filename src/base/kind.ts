/** A collection's name, carrying the type of its records: what the store is addressed by. */
export interface Kind<T> {
  readonly name: string
  /** Never set: holds `T` for the type checker alone. */
  readonly __record?: T
}

export function kind<T>(name: string): Kind<T> {
  return { name }
}
