/**
 * A smaller input that still fails: takes out runs of bytes, large ones first, as long as `fails` says so.
 * @param triesMax bounds the calls of `fails`
 */
export async function minimise(
  input: Uint8Array,
  fails: (candidate: Uint8Array) => Promise<boolean>,
  triesMax: number,
): Promise<Uint8Array> {
  let best = input
  let tries = 0
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length && tries < triesMax;) {
      const candidate = Buffer.concat([best.subarray(0, at), best.subarray(at + size)])
      tries++
      if (await fails(candidate)) best = candidate
      else at += size
    }
  }
  return best
}
