/** What a node of a cluster leans on. */
export type Backing = 'database' | 'state'

/** A network of a node's own (a namespace of Linux), whose ways to what it leans on can be cut: nothing arrives, nothing is said. */
export interface NodeNetwork {
  /** Where the node can be met. */
  readonly host: string
  /** Addresses of this machine where it finds what it leans on. */
  readonly hostOf: Readonly<Record<Backing, string>>
  /** What comes before the words of a command that is to run in it. */
  readonly within: readonly string[]
  /** Takes the cable out, in both directions. */
  cut(...backings: readonly Backing[]): void
  heal(): void
  remove(): void
}

/** Why there can be none here; undefined when there can. */
export function nodeNetworkRefusal(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux has network namespaces'
  if (Bun.which('ip') === null) return 'there is no `ip`: install iproute2'
  const name = `gh${process.pid}try`
  const made = Bun.spawnSync(['ip', 'netns', 'add', name])
  if (made.exitCode !== 0) return `this user may make none: ${made.stderr.toString().trim()}`
  const ran = Bun.spawnSync(['ip', 'netns', 'exec', name, 'ip', 'link', 'set', 'lo', 'up'])
  Bun.spawnSync(['ip', 'netns', 'del', name])
  return ran.exitCode === 0 ? undefined : `none can be used: ${ran.stderr.toString().trim()}`
}

let count = 0

/** A frame that is sent there is nobody's. */
const NOWHERE = '02:00:00:00:00:01'

/** @throws Error saying what `ip` says */
export function newNodeNetwork(): NodeNetwork {
  const number = ++count
  const name = `gh${process.pid}n${number}`
  const [outer, inner] = [`${name}o`, `${name}i`]
  // Of 198.18.0.0/15, which is for tests (RFC 2544): no other network of this machine, nor of another run, has them.
  const { pid } = process
  const at = (last: number): string => `198.${18 + (pid & 1)}.${(pid >> 1) & 255}.${number * 16 + last}`
  const [host, client] = [at(2), at(1)]
  /** Each way has an address at both of its ends, so that one can be cut without the others. */
  const ways = { database: { there: at(5), here: at(6) }, state: { there: at(9), here: at(10) } }
  ip(['netns', 'add', name])
  // Away with it when the tests end, however they end.
  const guard = [
    'sh',
    '-c',
    'trap "" TERM INT HUP; cat >/dev/null; ip netns del "$1"; ip link del "$2"',
    'sh',
  ]
  const guarding = Bun.spawn([...guard, name, outer], {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
  })
  guarding.unref()
  ip(['link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', name])
  const within = ['-n', name]
  for (const address of [client, ways.database.there, ways.state.there]) {
    ip(['addr', 'add', `${address}/32`, 'dev', outer])
  }
  for (const address of [host, ways.database.here, ways.state.here]) {
    ip([...within, 'addr', 'add', `${address}/32`, 'dev', inner])
  }
  ip(['link', 'set', outer, 'up'])
  ip([...within, 'link', 'set', 'lo', 'up'])
  ip([...within, 'link', 'set', inner, 'up'])
  for (const [there, here] of [[client, host], ...Object.values(ways).map((way) => [way.there, way.here])]) {
    ip(['route', 'add', here as string, 'dev', outer, 'src', there as string])
    ip([...within, 'route', 'add', there as string, 'dev', inner, 'src', here as string])
  }
  const each = (backings: readonly Backing[], doing: readonly string[]): void => {
    for (const backing of backings) {
      const { there, here } = ways[backing]
      ip([...within, 'neigh', doing[0] as string, there, 'dev', inner, ...doing.slice(1)])
      ip(['neigh', doing[0] as string, here, 'dev', outer, ...doing.slice(1)])
    }
  }
  let isCut: readonly Backing[] = []
  return {
    host,
    hostOf: { database: ways.database.there, state: ways.state.there },
    within: ['ip', 'netns', 'exec', name],
    cut(...backings) {
      isCut = backings
      each(backings, ['replace', 'lladdr', NOWHERE, 'nud', 'permanent'])
    },
    heal() {
      each(isCut, ['del'])
      isCut = []
    },
    remove: () => void guarding.stdin.end(),
  }
}

function ip(words: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(['ip', ...words])
  if (exitCode !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr.toString()}`)
}
