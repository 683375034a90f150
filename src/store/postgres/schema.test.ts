import { afterAll, beforeAll, expect, test } from 'bun:test'
import { SQL } from 'bun'
import { newSchema, sharedPostgres } from '../../../test/support/services/postgres-server.ts'
import { migratePostgres, schemaHistory, type SchemaVersion } from './schema.ts'
import type { Query } from './session.ts'

const NEWEST = schemaHistory.length

let sql: SQL
let query: Query
beforeAll(async () => {
  const schema = newSchema()
  sql = new SQL((await sharedPostgres()).url(schema).replace(/&schema=.*/, ''), { max: 1 })
  query = (text, ...values) => (values.length === 0 ? sql.unsafe(text) : sql.unsafe(text, [...values]))
}, 600_000)
afterAll(() => sql.close())

/** A schema whose tables this program's own connections find. */
async function migrated(schema: string, ...versions: readonly SchemaVersion[]): Promise<void> {
  await query(`SET search_path = ${schema}`)
  await migratePostgres(query, schema, [...schemaHistory, ...versions])
}

const versionOf = async (schema: string): Promise<unknown> =>
  (await query(`SELECT version, compatible_from FROM ${schema}.gatehouse_schema`))[0]

const next = (compatibleFrom: number, statement = 'CREATE TABLE more (x integer)'): SchemaVersion => ({
  sql: statement,
  compatibleFrom,
})

test('is made, then only added to', async () => {
  const schema = newSchema()
  await migrated(schema)
  expect(await versionOf(schema)).toEqual({ version: NEWEST, compatible_from: 1 })
  await migrated(schema)
  await migrated(schema, next(1))
  expect(await versionOf(schema)).toEqual({ version: NEWEST + 1, compatible_from: 1 })
})

test('an older program goes on where the newer schema lets it', async () => {
  const schema = newSchema()
  await migrated(schema, next(1))
  await migrated(schema)
  expect(await versionOf(schema)).toEqual({ version: NEWEST + 1, compatible_from: 1 })
})

test('an older program is refused where it does not', async () => {
  const schema = newSchema()
  await migrated(schema, next(NEWEST + 1))
  const refusal = await migrated(schema).catch((error: Error) => error.message)
  expect(refusal).toBe(
    `The schema ${schema} was written by a newer Gatehouse: it is version ${NEWEST + 1}, for programs that know version ${NEWEST + 1} or ` +
      `later; this one knows versions up to ${NEWEST}. Start the newer program.`,
  )
})

test('a step that fails leaves nothing of itself, nor its lock', async () => {
  const schema = newSchema()
  await migrated(schema)
  const failing = next(1, 'CREATE TABLE more (x integer); SELECT 1 / 0')
  expect(await migrated(schema, failing).catch((error: Error) => error.message)).toContain('division by zero')
  expect(await versionOf(schema)).toEqual({ version: NEWEST, compatible_from: 1 })
  const held = await query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()`)
  expect(held).toEqual([])
  await migrated(schema, next(1))
})
