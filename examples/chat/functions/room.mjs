// Who is in the room: a file each, where AWS's own tutorial has a DynamoDB table. Functions are processes of their own, and
// have nothing but this in common.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const folder = process.env.ROOM

export async function enter(connectionId) {
  await mkdir(folder, { recursive: true })
  await writeFile(fileOf(connectionId), '')
}

export async function leave(connectionId) {
  await rm(fileOf(connectionId), { force: true })
}

export async function present() {
  const files = await readdir(folder)
  return files.map((name) => Buffer.from(name, 'base64url').toString())
}

/** Ids may hold what files may not be called. */
function fileOf(connectionId) {
  return join(folder, Buffer.from(connectionId).toString('base64url'))
}
