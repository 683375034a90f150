import { afterEach, beforeEach, expect, test } from 'bun:test'
import { schemaHistory } from '#store/postgres/schema.ts'
import { startCluster, type Cluster, type ClusterNode } from '../support/cluster.ts'
import { sharedPostgres, type PostgresServer } from '../support/services/postgres-server.ts'
import { askAnew, mock } from '../support/worker-gateway.ts'

// Nodes of several versions side by side, as they are while a cluster is upgraded. Another version is what it leaves in the
// database: older tables, or newer ones.

const NEWEST = schemaHistory.length

let cluster: Cluster
let server: PostgresServer
beforeEach(async () => {
  server = await sharedPostgres()
  cluster = await startCluster()
}, 600_000)
afterEach(() => cluster.stop())

const text = async (node: ClusterNode, apiId: string): Promise<string> =>
  (await askAnew(node.urlOf(apiId))).text()
const setVersion = (version: number, compatibleFrom: number): Promise<void> =>
  server.sql(
    `UPDATE ${cluster.schema}.gatehouse_schema SET version = ${version}, compatible_from = ${compatibleFrom}`,
  )

test('a node takes over from an older version what it has left', async () => {
  const old = await cluster.start(1)
  const apiId = await old.deploy(mock('kept'))
  await old.stop()
  await server.sql(`DROP TABLE ${cluster.schema}.gateway`)
  await setVersion(1, 1)
  const [one, other] = await Promise.all([cluster.start(1), cluster.start(2)])
  expect([await text(one, apiId), await text(other, apiId)]).toEqual(['kept', 'kept'])
  await other.deploy(mock('changed'), apiId)
  expect([await text(one, apiId), await text(other, apiId)]).toEqual(['changed', 'changed'])
}, 60_000)

test('nodes of this version run, and join, beside a newer one that lets them; not beside one that does not', async () => {
  const running = await cluster.start(1)
  const apiId = await running.deploy(mock('before'))
  // A newer node joins: it has made tables of its own.
  await server.sql(
    `CREATE TABLE ${cluster.schema}.newer (id text)`,
    `ALTER TABLE ${cluster.schema}.gateway ADD COLUMN newer text`,
  )
  await setVersion(NEWEST + 1, NEWEST)
  const joining = await cluster.start(1)
  expect(await text(joining, apiId)).toBe('before')
  await joining.deploy(mock('after'), apiId)
  expect(await text(running, apiId)).toBe('after')
  // The window closes: those that run write nothing more, and go on serving.
  await setVersion(NEWEST + 2, NEWEST + 1)
  while (!running.errors().includes('written by a newer Gatehouse')) await Bun.sleep(20)
  expect(await text(running, apiId)).toBe('after')
  const refused = await running.caller.call('apigateway', 'GET', '/restapis').catch((error: Error) => error)
  expect(String(refused)).toContain('cannot reach its data')
  expect(await running.stop()).toBe(0)
}, 60_000)
