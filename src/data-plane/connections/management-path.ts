/**
 * What follows the stage in the path of a management call: `/@connections` itself, or one connection below it. Clients
 * may encode what they like (developer guide, "Use @connections commands in your backend service").
 */
export type ManagementPath = { readonly connectionId: string | undefined }

const PATH = /^\/(?:@|%40)connections(?:\/([^/]*))?\/?$/i

/** @param path as sent, from the slash after the stage @returns undefined when it is for no connections */
export function readManagementPath(path: string): ManagementPath | undefined {
  const match = PATH.exec(path)
  if (match === null) return undefined
  const [, id = ''] = match
  if (id === '') return { connectionId: undefined }
  try {
    return { connectionId: decodeURIComponent(id) }
  } catch {
    return { connectionId: id }
  }
}

/** 11 bytes in base64, for URLs or not: as AWS's are, whoever made them. */
const CONNECTION_ID = /^[A-Za-z0-9+/_-]{15}=$/

export function isConnectionId(text: string): boolean {
  return CONNECTION_ID.test(text)
}
