import { countMax } from '#base/counters.ts'
import { BEHIND_MS_MAX, TOKEN } from '../token-bucket.ts'
import { redisScript, type RedisScript } from './redis-script.ts'

// gh:b:{digest}  bucket: `AT LACK`: what it lacked of being full at a time; without the key it is full
// gh:n:{digest}  count
//
// The time is the server's own: the clocks of nodes may differ, and be set, as they like. A test gives its own.

const NOW = `
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end`

/** Sets `lack`, from `flow` and `key`. Numbers are whole, and exact below 2^53. */
const LACK = `
local lack = 0
local state = redis.call('GET', KEYS[1])
if state then
  local at, then_ = string.match(state, '(%S+) (%S+)')
  lack = math.max(0, tonumber(then_) - (now - tonumber(at)) * flow)
end`

/** A day: also a bucket that fills more slowly is as good as full then. */
const BUCKET_MS_MAX = 86_400_000_000

const KEEP = `
local ms = math.min(math.ceil(lack / flow) + 1000, ${BUCKET_MS_MAX})
redis.call('SET', KEYS[1], string.format('%.0f %.0f', now, lack), 'PX', string.format('%.0f', ms))`

/**
 * Takes what a bucket has of what is needed, and tokens ahead beside it: as `takeTokens` does.
 * Arguments: time or '', flow, capacity, tokens needed, tokens ahead. @returns tokens, what the bucket lacks now
 */
export const takeScript: RedisScript = redisScript(`${NOW}
local flow, capacity = tonumber(ARGV[2]), tonumber(ARGV[3])${LACK}
local granted = 0
local isSetBack = lack > capacity + ${BEHIND_MS_MAX} * flow
if isSetBack then
  lack = capacity
else
  local room = math.floor((capacity - lack) / ${TOKEN})
  granted = math.max(0, math.min(room, tonumber(ARGV[4]) + tonumber(ARGV[5])))
  lack = lack + granted * ${TOKEN}
end
if isSetBack or granted > 0 then${KEEP}
end
return {granted, string.format('%.0f', lack)}`)

/** Gives tokens back. Arguments: time or '', flow, tokens. */
export const giveScript: RedisScript = redisScript(`${NOW}
local flow = tonumber(ARGV[2])${LACK}
lack = lack - tonumber(ARGV[3]) * ${TOKEN}
if lack <= 0 then redis.call('DEL', KEYS[1]) else${KEEP}
end`)

/** Adds to a count. Arguments: amount, milliseconds to keep it. @returns the count */
export const addScript: RedisScript = redisScript(`
local before = tonumber(redis.call('GET', KEYS[1]) or '0')
local amount = tonumber(ARGV[1])
if amount == 0 then return before end
local count = math.min(before + amount, ${countMax})
redis.call('SET', KEYS[1], string.format('%.0f', count), 'PX', ARGV[2])
return count`)

export const counterScripts: readonly RedisScript[] = [takeScript, giveScript, addScript]
