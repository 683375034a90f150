/** What those who call `@connections` may do. */
export interface ManagementSettings {
  /** True where nobody has keys: whoever signs, with whatever key, is let in. */
  readonly anySignature: boolean
  /** Whether messages to many connections, and lists of connections, are served. */
  readonly extensions: boolean
}

/** Ids that one broadcast may name. */
export const broadcastIdsMax = 100_000
/** What these take at most, as JSON. */
export const broadcastIdsBytesMax: number = 8 * 1024 * 1024
/** Connections that one answer lists. */
export const listedMax = 1000
