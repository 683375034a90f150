import { startProxy, type Proxy } from './proxy.ts'
import { RawClient } from './raw-client.ts'
import { Recorder, sight } from './recorder.ts'
import { reduced, strayRequest } from './same-requests.ts'
import { judge, valuesOf, type JudgedRequest } from './strict-judge.ts'
import { nginxWitness, nodeWitness, type Witness } from './witness.ts'

/** Why a witness may refuse a request that the engine forwards: nothing that a backend could read in two ways. */
interface Explained {
  readonly reason: string
  readonly applies: (request: JudgedRequest, text: string) => boolean
  /** The witness reads the request otherwise, rather than refuse it. */
  readonly differs?: boolean
}

const NODE_EXPLAINED = (methods: readonly string[]): readonly Explained[] => [
  { reason: 'llhttp knows a fixed list of methods', applies: ({ method }) => !methods.includes(method) },
  {
    reason: 'llhttp takes trailers for fields, framing among them',
    applies: ({ trailers }) =>
      trailers.some(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name)),
  },
  {
    reason: 'a length is followed by spaces at most',
    applies: (_, text) => /^content-length:.*\t *\r/im.test(text),
  },
  {
    reason: 'Upgrade ends HTTP where nobody listens for it',
    applies: (request) => valuesOf(request, 'upgrade').length > 0,
  },
]

const NGINX_EXPLAINED: readonly Explained[] = [
  {
    reason: 'a tab beside a value is part of it',
    applies: (_, text) => /^(?:host|content-length):(?:[ \t]*\t|.*\t *\r)/im.test(text),
  },
  { reason: 'methods are upper case, - and _ to nginx', applies: ({ method }) => !/^[A-Z_-]+$/.test(method) },
  { reason: 'TRACE is not allowed', applies: ({ method }) => method === 'TRACE' },
  { reason: 'Host may not be empty', applies: (request) => valuesOf(request, 'host').includes('') },
  { reason: 'nginx knows no *', applies: (request) => reduced(request) === '*' },
  {
    reason: 'OPTIONS of a server in absolute-form is / to nginx',
    applies: (request) => reduced(request) === '*' && request.target !== '*',
    differs: true,
  },
  {
    reason: 'the path is decoded, and refused when it holds NUL, bad escapes or leaves the root',
    applies: ({ target }) => /%(?:00|(?![0-9a-f]{2}))|\.\.|%2e/i.test(target),
  },
]

/** The same bytes for the engine as a proxy, and for other servers: what the engine forwards, they must see, too. */
export class Differential {
  readonly #recorder = new Recorder()
  readonly #proxy: Proxy
  readonly #witnesses: readonly (readonly [Witness, readonly Explained[]])[]
  /** How many requests were forwarded, and how many of them each witness saw, too. */
  readonly agreed: Record<string, number> = { engine: 0 }

  static async start(): Promise<Differential> {
    const [node, nginx] = await Promise.all([nodeWitness(), nginxWitness()])
    return new Differential([
      [node, NODE_EXPLAINED(node.methods)],
      ...(nginx === undefined ? [] : [[nginx, NGINX_EXPLAINED] as const]),
    ])
  }

  private constructor(witnesses: readonly (readonly [Witness, readonly Explained[]])[]) {
    this.#witnesses = witnesses
    this.#proxy = startProxy(this.#recorder.origin)
    for (const [{ name }] of witnesses) this.agreed[name] = 0
  }

  /** @returns what is wrong with what became of `text`; undefined when all is well */
  async check(text: string): Promise<string | undefined> {
    const [forwarded, ...seen] = await Promise.all([
      this.#forward(text),
      ...this.#witnesses.map(([witness]) => witness.sights(text)),
    ])
    const { violations } = this.#recorder
    if (violations.length > 0) return `forwarded ${violations.splice(0).join('; ')}`
    const stray = strayRequest(text, forwarded)
    if (stray !== undefined) return `forwarded: ${stray}`
    this.#count('engine', forwarded.length)
    const { requests } = judge(text)
    for (const [i, [{ name }, explained]] of this.#witnesses.entries()) {
      const wrong = this.#compare(name, { text, requests, forwarded, seen: seen[i] as string[], explained })
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  async stop(): Promise<void> {
    await this.#proxy.stop()
    this.#recorder.stop()
    for (const [witness] of this.#witnesses) await witness.stop()
  }

  async #forward(text: string): Promise<string[]> {
    const client = await RawClient.open(this.#proxy.server.port)
    await client.send(text)
    client.finish()
    await client.rest()
    return this.#recorder.take().map(sight)
  }

  #compare(name: string, { text, requests, forwarded, seen, explained }: Comparison): string | undefined {
    for (const [i, sent] of forwarded.entries()) {
      const request = requests[i] as JudgedRequest
      const given = seen[i]
      if (given === undefined || plain(given) !== sent) {
        // Who keeps a connection of HTTP/1.0 open, and who does not, is a matter of taste.
        if (given === undefined && requests.slice(0, i).some(({ minor }) => minor === 0)) return undefined
        const fitting = explained.filter(({ differs }) => (differs === true) === (given !== undefined))
        if (fitting.some(({ applies }) => applies(request, text))) return undefined
        return `forwarded ${sent}, ${name} saw ${given ?? 'nothing'}`
      }
      this.#count(name, 1)
    }
    return undefined
  }

  #count(name: string, more: number): void {
    this.agreed[name] = (this.agreed[name] ?? 0) + more
  }
}

interface Comparison {
  readonly text: string
  readonly requests: readonly JudgedRequest[]
  readonly forwarded: readonly string[]
  readonly seen: readonly string[]
  readonly explained: readonly Explained[]
}

/** A sight with its target reduced to path and query. */
function plain(text: string): string {
  const [method = '', target = '', body = ''] = text.split(' ')
  return `${method} ${reduced({ method, target })} ${body}`
}
