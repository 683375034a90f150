import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { silentLog } from '#base/log.ts'
import { FollowedFile } from '#server/logs/follow-file.ts'
import { listLogs, type LogFileName } from '#server/logs/list-logs.ts'
import { logFolder, logPath } from '#server/logs/log-path.ts'
import { parseArguments, UsageError } from '../arguments.ts'
import { settingFlags, settings } from '../settings.ts'
import { stopSignal } from '../stop-signal.ts'

const LINES = 200
const FOLLOW_MS = 200

interface Wanted {
  /** Undefined: all of them. */
  readonly lines: number | undefined
  readonly request: string | undefined
}

/** `gatehouse logs [API [STAGE] | LOG]`: what the logs of a data directory say. */
export async function run(texts: readonly string[]): Promise<number> {
  const known = settingFlags(['dataDir'])
  for (const flag of ['request', 'lines']) known.set(flag, true)
  known.set('follow', false)
  const given = parseArguments(texts, known)
  const { words, flags } = given
  if (words.length > 2) throw new UsageError(`expected an API and a stage, found ${words.join(' ')}`)
  const folder = logFolder((await settings(given)).dataDir)
  if (folder === undefined) throw new UsageError("a gateway with --data-dir ':memory:' keeps no logs")
  const request = flags.get('request')?.at(-1)
  const files = await listLogs(folder)
  if (words.length === 0 && request === undefined) return list(folder, files)
  const isWanted = isNamed(folder, words)
  const named = files.filter(isWanted)
  const follows = flags.get('follow')?.at(-1) === 'true'
  if (named.length === 0 && !follows) {
    console.error(
      `gatehouse: no log of ${words.join(' ')} in ${folder}; gatehouse logs lists those that are there`,
    )
    return 1
  }
  // What is written while it reads the rest is for `follow`.
  const followed = follows ? await Promise.all(named.filter(isWritten).map(beginAtEnd)) : []
  const lines = linesOf(flags.get('lines')?.at(-1)) ?? (request === undefined ? LINES : undefined)
  const found = await print(named, { lines, request })
  if (follows) {
    await follow(followed, { folder, isWanted, request })
    return 0
  }
  if (found) return 0
  console.error(`gatehouse: nothing is known of ${request ?? words.join(' ')} in ${folder}`)
  return 1
}

async function list(folder: string, files: readonly LogFileName[]): Promise<number> {
  if (files.length === 0) console.error(`no logs in ${folder}`)
  for (const { path, log } of files.filter(isWritten)) {
    const { size, mtime } = await stat(path)
    console.log(`${mtime.toISOString()} ${String(size).padStart(12)}  ${log}`)
  }
  return 0
}

function isWritten({ rotated }: LogFileName): boolean {
  return rotated === undefined
}

/** A log by its own name, else what the gateway itself calls the logs of an API and its stages. */
function isNamed(folder: string, [name, stage]: readonly string[]): (file: LogFileName) => boolean {
  if (name === undefined) return () => true
  const own = logNameOf(folder, name)
  const api = new RegExp(`^API-Gateway-(?:Execution|Access)-Logs_${RegExp.escape(name)}/`)
  return ({ log }) => {
    if (stage === undefined && log === own) return true
    const of = api.exec(log)?.[0]
    if (of === undefined) return false
    const rest = log.slice(of.length)
    return stage === undefined || rest === stage || rest === `${stage}/Canary`
  }
}

/** As a file of that group is named. */
function logNameOf(folder: string, group: string): string {
  return logPath(folder, group)
    .slice(folder.length + 1, -'.log'.length)
    .replaceAll('\\', '/')
}

function linesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`--lines: expected a number, found ${text}`)
}

/** @returns whether there was anything */
async function print(files: readonly LogFileName[], { lines, request }: Wanted): Promise<boolean> {
  let any = false
  for (const [log, ofLog] of Map.groupBy(files, (file) => file.log)) {
    const last: string[] = []
    for (const { path } of ofLog) {
      for await (const line of createInterface({
        input: createReadStream(path, 'utf8'),
        crlfDelay: Infinity,
      })) {
        if (request !== undefined && !line.includes(request)) continue
        last.push(line)
        // Now and then: dropping the first each time would cost as much as there are.
        if (lines !== undefined && last.length > 2 * lines + 100) last.splice(0, last.length - lines)
      }
    }
    const shown = lines === undefined ? last : last.slice(Math.max(0, last.length - lines))
    if (shown.length === 0) continue
    if (any) console.log()
    console.log(`── ${log}`)
    for (const line of shown) console.log(line)
    any = true
  }
  return any
}

async function beginAtEnd({ path }: LogFileName): Promise<FollowedFile> {
  const file = new FollowedFile(path, undefined)
  await file.read()
  return file
}

interface Following {
  readonly folder: string
  readonly isWanted: (file: LogFileName) => boolean
  readonly request: string | undefined
}

/** Until it is told to stop. Logs that are begun meanwhile are followed, too. */
async function follow(files: FollowedFile[], { folder, isWanted, request }: Following): Promise<void> {
  const stopped = stopSignal(silentLog).then(() => false)
  for (let going = true; going;) {
    for (const { path } of (await listLogs(folder)).filter((file) => isWritten(file) && isWanted(file))) {
      if (!files.some((file) => file.path === path)) files.push(new FollowedFile(path, 0))
    }
    for (const file of files) {
      for (const line of (await file.read()).split('\n')) {
        if (line !== '' && (request === undefined || line.includes(request))) console.log(line)
      }
    }
    going = await Promise.race([stopped, Bun.sleep(FOLLOW_MS).then(() => true)])
  }
  await Promise.all(files.map((file) => file.close()))
}
