import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Who listens on a TCP port of this machine, as `name (pid 123)`; undefined where that cannot be told. */
export function portOwner(port: number): string | undefined {
  try {
    return process.platform === 'linux' ? ownerFromProc(port) : ownerFromLsof(port)
  } catch {
    return undefined
  }
}

/** Whether anybody listens on a TCP port, at whatever address; Linux only. */
export function isListenedOn(port: number): boolean {
  return inodesListening(port).size > 0
}

function inodesListening(port: number): ReadonlySet<string> {
  return new Set([...listening('/proc/net/tcp', port), ...listening('/proc/net/tcp6', port)])
}

function ownerFromProc(port: number): string | undefined {
  const inodes = inodesListening(port)
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!holdsAny(pid, inodes)) continue
    return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`
  }
  return undefined
}

/** Inodes of the sockets that listen on the port. Columns: sl local remote state … inode. */
function listening(table: string, port: number): string[] {
  const LISTEN = '0A'
  let text: string
  try {
    text = readFileSync(table, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/)
    const local = Number.parseInt(columns[1]?.split(':')[1] ?? '', 16)
    return local === port && columns[3] === LISTEN && columns[9] !== undefined ? [columns[9]] : []
  })
}

function holdsAny(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
      return inode !== undefined && inodes.has(inode)
    })
  } catch {
    // Another user's process, or one that ended meanwhile.
    return false
  }
}

function ownerFromLsof(port: number): string | undefined {
  const { stdout } = Bun.spawnSync(['lsof', '-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'])
  const [, pid, name] = /p(\d+)\n(?:f\S*\n)*c(.+)/.exec(stdout.toString()) ?? []
  return pid === undefined ? undefined : `${name} (pid ${pid})`
}
