import type { PostgresConnections } from './connections.ts'
import type { PostgresLimits } from './limits.ts'
import type { Query } from './session.ts'
import { sql } from './statements.ts'

/** The bytes of a blob that a commit has claimed, piece by piece; undefined when there is none. */
export async function readBlob(
  connections: PostgresConnections,
  sha256: string,
  { statementTimeoutMs }: PostgresLimits,
): Promise<Uint8Array | undefined> {
  return connections.run(async (session) => {
    const [blob] = await session.query<{ pieces: number }>(sql.blobPieces, [sha256], statementTimeoutMs)
    if (blob === undefined) return undefined
    const pieces: Uint8Array[] = []
    for (let at = 0; at < blob.pieces; at++) {
      const [piece] = await session.query<{ bytes: Uint8Array }>(
        sql.readPiece,
        [sha256, at],
        statementTimeoutMs,
      )
      // Deleted meanwhile.
      if (piece === undefined) return undefined
      pieces.push(piece.bytes)
    }
    return new Uint8Array(Buffer.concat(pieces))
  })
}

/** Sends a blob that is not there, for a commit to claim: nobody waits for it. */
export async function offerBlob(
  connections: PostgresConnections,
  sha256: string,
  bytes: Uint8Array,
  { blobPieceBytes }: PostgresLimits,
): Promise<void> {
  const pieces = Math.ceil(bytes.byteLength / blobPieceBytes)
  const offer = async (query: Query): Promise<void> => {
    await query(sql.begin)
    // Waits for another gateway that offers the same.
    if ((await query(sql.offerBlob, sha256, pieces)).length > 0) {
      for (let at = 0; at < pieces; at++) {
        const piece = bytes.subarray(at * blobPieceBytes, (at + 1) * blobPieceBytes)
        await query(sql.writePiece, sha256, at, piece)
      }
    }
    await query(sql.commit)
  }
  await connections.run((session) => session.exclusively(offer))
}
