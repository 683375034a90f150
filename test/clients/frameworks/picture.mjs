/** Bytes that are no text: the head of a PNG and all there are. */
export const picture = Buffer.from([
  0x89,
  0x50,
  0x4e,
  0x47,
  0x0d,
  0x0a,
  ...Array.from({ length: 256 }, (_, i) => i),
])
