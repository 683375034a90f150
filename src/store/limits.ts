/** Longest account, region, parent or id, in bytes of UTF-8. */
export const keyPartBytesMax = 2048
/** Largest record as JSON, in bytes of UTF-8. The largest ones are snapshots of whole APIs. */
export const recordBytesMax: number = 64 * 1024 * 1024
/** Largest blob. AWS allows 250 MB for a function and its layers, unzipped. */
export const blobBytesMax: number = 250 * 1024 * 1024
/** How often a transaction runs again because of what others committed meanwhile. */
export const rerunsMax = 16
/** How many changes the change feed remembers for those who catch up. */
export const changesKeptMax = 10_000
/** How long a statement waits for another program that holds the database (a backup, a shell), in milliseconds. */
export const busyTimeoutMs = 1000
