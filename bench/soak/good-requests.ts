import { pattern } from './pattern.ts'

/** Requests to send on one connection, and what each must be answered. */
export interface GoodRequests {
  /** Written one after the other, with a pause between them. */
  readonly pieces: readonly Buffer[]
  /** Bodies of the answers, in order; all have status 200. */
  readonly bodies: readonly Buffer[]
  readonly bodiless?: boolean
}

export interface Address {
  /** Value of the Host field. */
  readonly host: string
  /** What goes before each path: the stage. */
  readonly prefix: string
}

const SMALL = 1000
const MEDIUM = 100_000
const LARGE = 1024 * 1024
const PIPELINED = 5
const SEEDS = 16

/** What good clients do, each as often as it stands here. */
export const GOOD: Readonly<Record<string, (address: Address) => GoodRequests>> = {
  'small GET': (address) => get(address, SMALL),
  'small GET again': (address) => get(address, SMALL),
  'large GET': (address) => get(address, LARGE),
  'slow chunked GET': (address) => get(address, MEDIUM, 'slow'),
  HEAD: (address) => ({
    pieces: [head(address, 'HEAD', `/bytes/${LARGE}/0`)],
    bodies: [Buffer.alloc(0)],
    bodiless: true,
  }),
  'small POST': (address) => post(address, SMALL, [1]),
  'large POST': (address) => post(address, LARGE, [1]),
  'POST in pieces': (address) => post(address, MEDIUM, [0.1, 0.5, 1]),
  'POST that expects 100': (address) => post(address, MEDIUM, [0, 1], 'Expect: 100-continue\r\n'),
  'chunked POST': (address) => {
    const body = pattern(MEDIUM, seed())
    const half = body.length >> 1
    return {
      pieces: [
        head(address, 'POST', '/echo', 'Transfer-Encoding: chunked\r\n'),
        chunk(body.subarray(0, half)),
        Buffer.concat([chunk(body.subarray(half)), Buffer.from('0\r\n\r\n')]),
      ],
      bodies: [body],
    }
  },
  'pipelined GETs': (address) => {
    const each = Array.from({ length: PIPELINED }, () => get(address, SMALL))
    return {
      pieces: [Buffer.concat(each.flatMap(({ pieces }) => pieces))],
      bodies: each.flatMap(({ bodies }) => bodies),
    }
  },
}

function get(address: Address, length: number, path = 'bytes'): GoodRequests {
  const chosen = seed()
  return { pieces: [head(address, 'GET', `/${path}/${length}/${chosen}`)], bodies: [pattern(length, chosen)] }
}

/** @param ends where the pieces of the body end, as parts of its length */
function post(address: Address, length: number, ends: readonly number[], fields = ''): GoodRequests {
  const body = pattern(length, seed())
  const cuts = [0, ...ends.map((end) => Math.floor(end * length))]
  const parts = ends.map((_, i) => body.subarray(cuts[i], cuts[i + 1]))
  const start = head(address, 'POST', '/echo', `Content-Length: ${length}\r\n${fields}`)
  const [first, ...others] = parts as [Buffer, ...Buffer[]]
  return { pieces: [Buffer.concat([start, first]), ...others], bodies: [body] }
}

function head({ host, prefix }: Address, method: string, path: string, fields = ''): Buffer {
  return Buffer.from(`${method} ${prefix}${path} HTTP/1.1\r\nHost: ${host}\r\nX-Soak: good\r\n${fields}\r\n`)
}

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

function seed(): number {
  return Math.floor(Math.random() * SEEDS)
}
