/** Bun and Node have these two; their types do not. They cost half of what `toString` and `write` do. */
export interface LatinBuffer extends Buffer {
  latin1Slice(from: number, to: number): string
  latin1Write(text: string, at: number): number
}

/** The bytes from `from` to `to`, a character each. */
export function latin1(bytes: Buffer, from: number, to: number): string {
  return (bytes as LatinBuffer).latin1Slice(from, to)
}
