import { buildHttpRouter } from '#languages/path-patterns/http-router.ts'
import type { PathPlace } from '#languages/path-patterns/path-tree.ts'
import { buildRestRouter } from '#languages/path-patterns/rest-router.ts'
import { markdownTable } from '../support/markdown-table.ts'
import { median } from '../support/stats.ts'

/** As many routes as AWS's CLI example, as AWS's quota, and as a hundred such APIs. */
const SIZES = [10, 300, 30_000]
const ROUNDS = 15
const MATCHES_A_ROUND = 200_000
/** Requests played again and again: as many for every size, or the larger one would measure the processor's cache. */
const REQUESTS = 10

type Match = (method: string, path: PathPlace) => unknown

const ROUTERS: Readonly<Record<string, (paths: readonly string[]) => Match>> = {
  'REST API': (paths) => buildRestRouter(paths.map((path) => ({ path, methods: new Map([['GET', path]]) }))),
  'HTTP API': (paths) => buildHttpRouter(paths.map((path) => ({ key: `GET ${path}`, route: path }))),
}

/** What a match costs by the number of routes: median ns, sizes taking turns. */
export function measureRoutes(): Readonly<Record<string, readonly number[]>> {
  const measured: Record<string, readonly number[]> = {}
  for (const [name, build] of Object.entries(ROUTERS)) {
    const contests = SIZES.map((size) => {
      const paths = routes(size)
      return { match: build(paths), requests: sample(paths).map(requestFor), ns: [] as number[] }
    })
    for (const { match, requests } of contests) play(match, requests)
    for (let round = 0; round < ROUNDS; round++) {
      for (const { match, requests, ns } of contests) ns.push(play(match, requests))
    }
    measured[name] = contests.map(({ ns }) => median(ns))
  }
  return measured
}

export async function run(): Promise<string[]> {
  const rows = Object.entries(measureRoutes()).map(([name, ns]) => [
    name,
    ...ns.map((each) => `${each.toFixed(0)} ns`),
  ])
  return [
    '',
    'Matching a request, by the number of routes',
    '',
    ...markdownTable(['', ...SIZES.map(String)], rows),
  ]
}

/** `/service007/v1/items003/{id}`: as long with many routes as with few, but with more children a node. */
function routes(count: number): string[] {
  const width = Math.ceil(Math.sqrt(count))
  const digits = (value: number): string => String(value).padStart(3, '0')
  return Array.from(
    { length: count },
    (_, at) => `/service${digits(Math.floor(at / width))}/v1/items${digits(at % width)}/{id}`,
  )
}

function sample(paths: readonly string[]): string[] {
  return Array.from(
    { length: REQUESTS },
    (_, at) => paths[Math.floor((at * paths.length) / REQUESTS)] as string,
  )
}

function requestFor(path: string): PathPlace {
  const sent = `/prod${path.replace('{id}', '12345')}`
  return { target: `${sent}?verbose=true`, pathStart: 5, pathEnd: sent.length }
}

/** @returns ns a match */
function play(match: Match, requests: readonly PathPlace[]): number {
  const startNs = Bun.nanoseconds()
  for (let at = 0; at < MATCHES_A_ROUND; at++) {
    const request = requests[at % requests.length] as PathPlace
    if (match('GET', request) === undefined) throw new Error(`no route for ${request.target}`)
  }
  return (Bun.nanoseconds() - startNs) / MATCHES_A_ROUND
}

if (import.meta.main) for (const line of await run()) console.log(line)
