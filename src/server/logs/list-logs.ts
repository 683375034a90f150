import { readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { ROTATED } from './log-path.ts'

export interface LogFileName {
  readonly path: string
  /** As its file is named: `API-Gateway-Execution-Logs_abc/prod`. */
  readonly log: string
  /** `20261121T143357123Z`; undefined for the file that is written to. */
  readonly rotated: string | undefined
}

/** The log files below a folder, each log's oldest first; none when there is no such folder. */
export async function listLogs(folder: string): Promise<LogFileName[]> {
  let names: string[]
  try {
    names = await readdir(folder, { recursive: true })
  } catch {
    return []
  }
  const files = names
    .filter((name) => name.endsWith('.log'))
    .map((name): LogFileName => {
      const [, log, rotated] = ROTATED.exec(name) ?? []
      const own = log ?? name.slice(0, -'.log'.length)
      return { path: join(folder, name), log: own.split(sep).join('/'), rotated }
    })
  return files.sort((a, b) => order(a.log, b.log) || order(a.rotated ?? '~', b.rotated ?? '~'))
}

function order(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
