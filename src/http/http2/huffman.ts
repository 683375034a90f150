import type { LatinBuffer } from '#http/latin1.ts'

/**
 * The Huffman code of HPACK (RFC 7541 appendix B). It is canonical: the lengths of the codes say all. A letter a
 * symbol, `a` for 5 bits; the last is the end of string.
 */
const LENGTHS =
  'isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhfibccccccccccccccccccccccdcdioijbkabababbbacc' +
  'bbbabcbaabccccckgjixprpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrsvvporsruvvvwwvtuoqvwwvwtq' +
  'qvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwvz'
const END_OF_STRING = 256

const FAILED = -1
/** Reads four bits at once: by state and bits, the next state; then whether a symbol was completed, and which. */
const next = new Int16Array(256 * 16)
const symbol = new Int16Array(256 * 16).fill(-1)
/** States in which a text may end: fewer than eight bits of padding, all ones (RFC 7541 §5.2). */
const mayEnd = new Uint8Array(256)

build()

function build(): void {
  // The tree: two entries a node, a node's index or a symbol, negated and less one.
  const tree: number[] = [0, 0]
  let code = 0
  for (let length = 5; length <= 30; length++) {
    code <<= 1
    for (let value = 0; value <= END_OF_STRING; value++) {
      if (LENGTHS.charCodeAt(value) - 92 !== length) continue
      let node = 0
      for (let bit = length - 1; bit > 0; bit--) {
        const place = node * 2 + ((code >> bit) & 1)
        if (tree[place] === 0) tree[place] = tree.push(0, 0) / 2 - 1
        node = tree[place] as number
      }
      tree[node * 2 + (code & 1)] = -value - 1
      code++
    }
  }
  for (let state = 0; state < tree.length / 2; state++)
    for (let bits = 0; bits < 16; bits++) step(tree, state, bits)
  let node = 0
  for (let ones = 0; ones < 8; ones++) {
    mayEnd[node] = 1
    node = tree[node * 2 + 1] as number
  }
}

function step(tree: readonly number[], state: number, bits: number): void {
  let node = state
  for (let bit = 3; bit >= 0; bit--) {
    const found = tree[node * 2 + ((bits >> bit) & 1)] as number
    if (found >= 0) {
      node = found
    } else if (found === -END_OF_STRING - 1) {
      node = FAILED
      break
    } else {
      symbol[state * 16 + bits] = -found - 1
      node = 0
    }
  }
  next[state * 16 + bits] = node
}

/** Decodes what `bytes` hold from `from` to `to` into a latin1 text; undefined when it is malformed. */
export function huffmanDecode(bytes: Uint8Array, from: number, to: number): string | undefined {
  // No code is shorter than five bits.
  if (scratch.length < (to - from) * 2) scratch = Buffer.allocUnsafeSlow((to - from) * 2) as LatinBuffer
  let state = 0
  let length = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number
    for (let shift = 4; shift >= 0; shift -= 4) {
      const place = state * 16 + ((byte >> shift) & 15)
      const value = symbol[place] as number
      if (value >= 0) scratch[length++] = value
      state = next[place] as number
      if (state === FAILED) return undefined
    }
  }
  return mayEnd[state] === 1 ? scratch.latin1Slice(0, length) : undefined
}

let scratch = Buffer.allocUnsafeSlow(1024) as LatinBuffer
