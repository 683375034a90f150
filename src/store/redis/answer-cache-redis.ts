import type { AnswerCache, AnswerKey, Keeping } from '#base/answer-cache.ts'
import { decoded, type AnswerCodec } from '../answer-codec.ts'
import type { RedisClient } from './redis-client.ts'
import { redisScript, type RedisScript } from './redis-script.ts'

// gh:a:{cache}:{stage}  hash: g mark of the last flush, b bytes of all, {digest of a key} → SIZE EXPIRES answer
// gh:o:{cache}:{stage}  list: digests, the oldest first
// gh:s:{cache}          set of stages
// gh:r:{cache}          channel of answers that were replaced before their time: SENDER EXPIRES DIGEST STAGE
//
// A flush deletes the hash and leaves a new mark: what was asked for under another mark is not kept.

const SIZE_DIGITS = 10
const TIME_DIGITS = 15
const HEAD_BYTES = SIZE_DIGITS + TIME_DIGITS
/** How long the mark of a flush stays where nothing is kept: far longer than anybody waits for an answer. */
const MARK_MS = 3_600_000

/**
 * Arguments: mark, digest, head and answer, size, milliseconds to keep it, most of the stage, stage, the time, channel,
 * sender. Others have what is replaced before its time, and are told.
 */
const setScript = redisScript(`
if (redis.call('HGET', KEYS[1], 'g') or '') ~= ARGV[1] then return 0 end
local total = tonumber(redis.call('HGET', KEYS[1], 'b') or '0') + tonumber(ARGV[4])
local before = redis.call('HGET', KEYS[1], ARGV[2])
if before then
  total = total - tonumber(string.sub(before, 1, ${SIZE_DIGITS}))
  local expires = string.sub(before, ${SIZE_DIGITS + 1}, ${HEAD_BYTES})
  if tonumber(expires) > tonumber(ARGV[8]) then
    redis.call('PUBLISH', ARGV[9], ARGV[10] .. ' ' .. expires .. ' ' .. ARGV[2] .. ' ' .. ARGV[7])
  end
else redis.call('RPUSH', KEYS[2], ARGV[2]) end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
while total > tonumber(ARGV[6]) do
  local oldest = redis.call('LPOP', KEYS[2])
  if not oldest then break end
  local value = redis.call('HGET', KEYS[1], oldest)
  if value then total = total - tonumber(string.sub(value, 1, ${SIZE_DIGITS})) end
  redis.call('HDEL', KEYS[1], oldest)
end
redis.call('HSET', KEYS[1], 'b', total)
for i = 1, 2 do
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[5]) then redis.call('PEXPIRE', KEYS[i], ARGV[5]) end
end
redis.call('SADD', KEYS[3], ARGV[7])
return 1`)

/** Arguments: mark, cache, stages; none: every stage. */
const flushScript = redisScript(`
local stages = {unpack(ARGV, 3)}
if #stages == 0 then stages = redis.call('SMEMBERS', KEYS[1]) end
for _, stage in ipairs(stages) do
  local answers = 'gh:a:' .. ARGV[2] .. ':' .. stage
  redis.call('UNLINK', answers, 'gh:o:' .. ARGV[2] .. ':' .. stage)
  redis.call('HSET', answers, 'g', ARGV[1])
  redis.call('PEXPIRE', answers, ${MARK_MS})
end
if #ARGV == 2 then redis.call('DEL', KEYS[1]) end`)

export const answerScripts: readonly RedisScript[] = [setScript, flushScript]

export interface RedisAnswerCacheOptions<Answer> {
  readonly client: RedisClient
  /** Of this process: what it has, nobody else is asked for. */
  readonly local: AnswerCache<Answer>
  /** Answers of one kind. */
  readonly name: string
  readonly codec: AnswerCodec<Answer>
  /** One that takes more is not kept. */
  readonly entryBytesMax: number
  /** What a stage may keep in Redis where nobody says it. */
  readonly stageBytesMax: number
  /** Among how many processes the room of a stage is divided. */
  readonly processes: number
}

/** Stages of which is known what was last flushed. */
const STAGES_MAX = 10_000
/** Answers of which is known that others have replaced them. */
const REPLACED_MAX = 10_000

/** What this process may have of an answer that another has replaced: nothing to be given. */
interface Replaced {
  readonly untilMs: number
}

/** Answers of one process, and behind them those of all. A Redis that is gone is as one that is empty. */
export class RedisAnswerCache<Answer extends object> implements AnswerCache<Answer> {
  readonly #options: RedisAnswerCacheOptions<Answer>
  /** Stage → mark of its last flush, as far as is known. */
  readonly #marks = new Map<string, string>()
  /** Stage → bytes it may have in one process. */
  readonly #rooms = new Map<string, number>()
  /** Flushes that Redis does not know of yet, by stage; '' for all of them. */
  readonly #owed = new Map<string, string>()
  /** By digest and stage, the oldest first. */
  readonly #replaced = new Map<string, Replaced>()
  readonly #sender: string = crypto.randomUUID().slice(0, 13)

  constructor(options: RedisAnswerCacheOptions<Answer>) {
    this.#options = options
    options.client.onUp(() => {
      for (const [stage, mark] of this.#owed) this.#tellFlush(stage, mark)
    })
    // One that is away now takes it up when it is there.
    options.client.subscribe(this.#channel, (message) => this.#told(message.toString())).catch(() => {})
  }

  get(stage: string, key: AnswerKey, nowMs: number): Answer | undefined | Promise<Answer | undefined> {
    const { local, client } = this.#options
    const own = local.get(stage, key, nowMs)
    const known = own !== undefined && this.#isReplaced(stage, key) ? undefined : own
    if (known !== undefined || !client.isUp || this.#isOwed(stage)) return known
    return this.#fetch(stage, key, nowMs)
  }

  generation(stage: string): number {
    return this.#options.local.generation(stage)
  }

  set(stage: string, key: AnswerKey, answer: Answer, keeping: Keeping): void {
    const { local, client, name, codec, entryBytesMax, stageBytesMax, processes } = this.#options
    if (keeping.generation !== local.generation(stage)) return
    local.set(stage, key, answer, keeping)
    if (this.#replaced.size > 0) this.#replaced.delete(placeOf(stage, digestOf(key)))
    const { nowMs, expiresMs, bytes, stageBytesMax: ownMax } = keeping
    const most = ownMax === undefined ? stageBytesMax : ownMax * processes
    if (ownMax !== undefined) bounded(this.#rooms).set(stage, ownMax)
    if (expiresMs <= nowMs || !client.isUp || this.#isOwed(stage)) return
    if (bytes > Math.min(entryBytesMax, ownMax ?? most)) return
    const encoded = codec.encode(answer)
    if (encoded === undefined || encoded.length > entryBytesMax) return
    const size = Math.max(bytes, encoded.length)
    const head =
      String(size).padStart(SIZE_DIGITS, '0') + String(Math.floor(expiresMs)).padStart(TIME_DIGITS, '0')
    const value = Buffer.concat([Buffer.from(head), encoded])
    const keptMs = Math.ceil(expiresMs - nowMs)
    const mark = this.#marks.get(stage) ?? ''
    const digest = digestOf(key)
    const to = [Math.floor(nowMs), this.#channel, this.#sender]
    const values = [mark, digest, value, size, keptMs, most, stage, ...to]
    const keys = [`gh:a:${name}:${stage}`, `gh:o:${name}:${stage}`, `gh:s:${name}`]
    client.run(setScript, keys, values).catch(() => {})
  }

  flush(stage: string): void {
    this.#options.local.flush(stage)
    this.#flush(stage)
  }

  clear(): void {
    this.#options.local.clear()
    this.#marks.clear()
    this.#flush('')
  }

  async #fetch(stage: string, key: AnswerKey, nowMs: number): Promise<Answer | undefined> {
    const { local, client, name, codec } = this.#options
    const generation = local.generation(stage)
    const digest = digestOf(key)
    const replaced = this.#replaced.get(placeOf(stage, digest))
    let mark: string
    let value: Buffer | null
    try {
      const found = await client.call(['HMGET', `gh:a:${name}:${stage}`, 'g', digest])
      const [markBytes, valueBytes] = found as [Buffer | null, Buffer | null]
      mark = markBytes?.toString() ?? ''
      value = valueBytes
    } catch {
      return undefined
    }
    // Flushed here meanwhile.
    if (generation !== local.generation(stage)) return undefined
    const before = this.#marks.get(stage)
    bounded(this.#marks).set(stage, mark)
    // Flushed by others since we last looked: what is kept, or asked for, here is from before.
    if (before !== undefined && before !== mark) local.flush(stage)
    if (value === null) return undefined
    const expiresMs = Number(value.toString('latin1', SIZE_DIGITS, HEAD_BYTES))
    if (!(expiresMs > nowMs)) return undefined
    const found = decoded(codec, new Uint8Array(value.subarray(HEAD_BYTES)))
    if (found === undefined) return undefined
    local.set(stage, key, found.answer, {
      generation: local.generation(stage),
      nowMs,
      expiresMs,
      bytes: found.bytes,
      stageBytesMax: this.#rooms.get(stage),
    })
    const place = placeOf(stage, digest)
    // Not where it was replaced again meanwhile.
    if (replaced !== undefined && this.#replaced.get(place) === replaced) this.#replaced.delete(place)
    return found.answer
  }

  get #channel(): string {
    return `gh:r:${this.#options.name}`
  }

  /** An answer was replaced before its time. */
  #told(message: string): void {
    const [sender = '', expires = '', digest = '', ...stage] = message.split(' ')
    if (sender === this.#sender) return
    for (const [place, { untilMs }] of this.#replaced) {
      if (untilMs > Date.now()) break
      this.#replaced.delete(place)
    }
    if (this.#replaced.size >= REPLACED_MAX) {
      this.#options.local.clear()
      this.#replaced.clear()
    }
    this.#replaced.set(placeOf(stage.join(' '), digest), { untilMs: Number(expires) })
  }

  #isReplaced(stage: string, key: AnswerKey): boolean {
    return this.#replaced.size > 0 && this.#replaced.has(placeOf(stage, digestOf(key)))
  }

  #isOwed(stage: string): boolean {
    return this.#owed.size > 0 && (this.#owed.has(stage) || this.#owed.has(''))
  }

  #flush(stage: string): void {
    const mark = crypto.randomUUID().slice(0, 13)
    if (stage !== '') bounded(this.#marks).set(stage, mark)
    if (this.#options.client.isUp) this.#tellFlush(stage, mark)
    else this.#owe(stage, mark)
  }

  #tellFlush(stage: string, mark: string): void {
    const { client, name } = this.#options
    const values = stage === '' ? [mark, name] : [mark, name, stage]
    client.run(flushScript, [`gh:s:${name}`], values).then(
      () => this.#owed.get(stage) === mark && this.#owed.delete(stage),
      () => this.#owe(stage, mark),
    )
  }

  #owe(stage: string, mark: string): void {
    if (this.#owed.size < STAGES_MAX) this.#owed.set(stage, mark)
    else this.#owed.set('', mark)
  }
}

/** A map with room for one more. */
function bounded<V>(map: Map<string, V>): Map<string, V> {
  if (map.size >= STAGES_MAX) {
    const [oldest] = map.keys()
    if (oldest !== undefined) map.delete(oldest)
  }
  return map
}

function placeOf(stage: string, digest: string): string {
  return `${digest} ${stage}`
}

/** Keys may be long, and hold what is secret: tokens. A key that is a digest is not taken for the text that has it. */
function digestOf(key: AnswerKey): string {
  if (typeof key === 'string') return new Bun.CryptoHasher('sha256').update(key).digest('base64url')
  return `#${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('base64url')}`
}
