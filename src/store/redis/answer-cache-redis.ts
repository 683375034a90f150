import type { AnswerCache, AnswerKey, Keeping } from '#base/answer-cache.ts'
import { steadyMs } from '#base/clock.ts'
import { decoded, type AnswerCodec } from '../answer-codec.ts'
import type { RedisClient } from './redis-client.ts'
import { redisScript, type RedisScript } from './redis-script.ts'
import { stateKey, stateName } from './state-key.ts'

// gh:a:{cache}:{stage}  hash: g mark of the last flush, b bytes of all, {digest of a key} → SIZE EXPIRES answer
// gh:o:{cache}:{stage}  list: digests, the oldest first
// gh:s:{cache}          set of stages
// gh:r:{cache}          channel of answers that were replaced before their time: SENDER MILLISECONDS-LEFT DIGEST STAGE
//
// A flush deletes the hash and leaves a new mark: what was asked for under another mark is not kept. Times are the
// server's: the clocks of nodes may differ, and be set, as they like.

const SIZE_DIGITS = 10
const TIME_DIGITS = 15
const HEAD_BYTES = SIZE_DIGITS + TIME_DIGITS
/** How long the mark of a flush stays where nothing is kept: far longer than anybody waits for an answer. */
const MARK_MS = 3_600_000

/** Sets `now`: the time that is given, or else the server's. */
const nowOf = (argument: number): string => `
local now = tonumber(ARGV[${argument}])
if not now then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end`

/** Arguments: digest, time or ''. @returns mark, milliseconds that are left, size and time and answer */
const getScript = redisScript(`
local found = redis.call('HMGET', KEYS[1], 'g', ARGV[1])
if not found[2] then return {found[1] or '', 0, ''} end${nowOf(2)}
return {found[1] or '', tonumber(string.sub(found[2], ${SIZE_DIGITS + 1}, ${HEAD_BYTES})) - now, found[2]}`)

/**
 * Arguments: mark, digest, answer, size, milliseconds to keep it, most of the stage, stage, time or '', channel, sender.
 * Others have what is replaced before its time, and are told.
 */
const setScript = redisScript(`
if (redis.call('HGET', KEYS[1], 'g') or '') ~= ARGV[1] then return 0 end
local total = tonumber(redis.call('HGET', KEYS[1], 'b') or '0') + tonumber(ARGV[4])
local before = redis.call('HGET', KEYS[1], ARGV[2])
${nowOf(8)}
if before then
  total = total - tonumber(string.sub(before, 1, ${SIZE_DIGITS}))
  local left = tonumber(string.sub(before, ${SIZE_DIGITS + 1}, ${HEAD_BYTES})) - now
  if left > 0 then
    redis.call('PUBLISH', ARGV[9], ARGV[10] .. string.format(' %.0f ', left) .. ARGV[2] .. ' ' .. ARGV[7])
  end
else redis.call('RPUSH', KEYS[2], ARGV[2]) end
local head = string.format('%0${SIZE_DIGITS}.0f%0${TIME_DIGITS}.0f', ARGV[4], now + ARGV[5])
redis.call('HSET', KEYS[1], ARGV[2], head .. ARGV[3])
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
  local answers = '${stateName('answers')}:' .. ARGV[2] .. ':' .. stage
  redis.call('UNLINK', answers, '${stateName('answerOrder')}:' .. ARGV[2] .. ':' .. stage)
  redis.call('HSET', answers, 'g', ARGV[1])
  redis.call('PEXPIRE', answers, ${MARK_MS})
end
if #ARGV == 2 then redis.call('DEL', KEYS[1]) end`)

export const answerScripts: readonly RedisScript[] = [getScript, setScript, flushScript]

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
  /** Whose time it goes by: the server's; or the caller's, for tests. */
  readonly clock?: 'server' | 'caller' | undefined
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
    const keptMs = Math.ceil(expiresMs - nowMs)
    const mark = this.#marks.get(stage) ?? ''
    const digest = digestOf(key)
    const to = [this.#timeOf(nowMs), this.#channel, this.#sender]
    const values = [mark, digest, encoded, size, keptMs, most, stage, ...to]
    const keys = [
      stateKey('answers', `${name}:${stage}`),
      stateKey('answerOrder', `${name}:${stage}`),
      stateKey('answerStages', name),
    ]
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
    let leftMs: number
    let value: Buffer
    try {
      const answers = stateKey('answers', `${name}:${stage}`)
      const told = await client.run(getScript, [answers], [digest, this.#timeOf(nowMs)])
      const [markBytes, left, valueBytes] = told as [Buffer, number, Buffer]
      mark = markBytes.toString()
      leftMs = left
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
    if (leftMs <= 0) return undefined
    const found = decoded(codec, new Uint8Array(value.subarray(HEAD_BYTES)))
    if (found === undefined) return undefined
    local.set(stage, key, found.answer, {
      generation: local.generation(stage),
      nowMs,
      expiresMs: nowMs + leftMs,
      bytes: found.bytes,
      stageBytesMax: this.#rooms.get(stage),
    })
    const place = placeOf(stage, digest)
    // Not where it was replaced again meanwhile.
    if (replaced !== undefined && this.#replaced.get(place) === replaced) this.#replaced.delete(place)
    return found.answer
  }

  get #channel(): string {
    return stateKey('replaced', this.#options.name)
  }

  /** An answer was replaced before its time. */
  #told(message: string): void {
    const [sender = '', leftMs = '', digest = '', ...stage] = message.split(' ')
    if (sender === this.#sender) return
    const nowMs = steadyMs()
    for (const [place, { untilMs }] of this.#replaced) {
      if (untilMs > nowMs) break
      this.#replaced.delete(place)
    }
    if (this.#replaced.size >= REPLACED_MAX) {
      this.#options.local.clear()
      this.#replaced.clear()
    }
    this.#replaced.set(placeOf(stage.join(' '), digest), { untilMs: nowMs + Number(leftMs) })
  }

  #isReplaced(stage: string, key: AnswerKey): boolean {
    return this.#replaced.size > 0 && this.#replaced.has(placeOf(stage, digestOf(key)))
  }

  #timeOf(nowMs: number): number | '' {
    return this.#options.clock === 'caller' ? Math.floor(nowMs) : ''
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
    client.run(flushScript, [stateKey('answerStages', name)], values).then(
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
