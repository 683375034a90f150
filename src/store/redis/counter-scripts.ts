import { countMax } from '#base/counters.ts'
import { BEHIND_MS_MAX, TOKEN } from '../token-bucket.ts'
import { redisScript, type RedisScript } from './redis-script.ts'

// gh:b2:{digest}  bucket: `AT LACK CAPACITY`: what it lacked of being full at a time, and held when it was; without the key,
//                 or with one that cannot be read, it is full. It lacks more than it holds where more was let in than it had.
// gh:n:{digest}   count
//
// The time is the server's own: the clocks of nodes may differ, and be set, as they like. A test gives its own.

/** A day: also a bucket that fills more slowly is as good as full then. */
const BUCKET_MS_MAX = 86_400_000_000

/**
 * Buckets. Of each: takes what was let in already, whether it is there or not; and what it has then of what is needed.
 * A clock that was set back, or a bucket that held far more before, has it fill from empty, as in `takeTokens`.
 * Numbers are whole, and exact below 2^53.
 * Arguments, of each: time or `-`, flow, capacity, tokens let in (below 0: given back), tokens needed.
 * @returns of each: tokens, what it lacks now
 */
export const bucketScript: RedisScript = redisScript(`
local t = redis.call('TIME')
local serverNow = t[1] * 1000 + math.floor(t[2] / 1000)
local answers = {}
for i, key in ipairs(KEYS) do
  local time, flow, capacity, owed, needed = string.match(ARGV[i], '(%S+) (%S+) (%S+) (%S+) (%S+)')
  local now = tonumber(time) or serverNow
  flow, capacity, owed, needed = tonumber(flow), tonumber(capacity), tonumber(owed), tonumber(needed)
  local lack, isSetBack = 0, false
  local state = redis.call('GET', key)
  local at, before, held = string.match(state or '', '^(%d+) (%d+) (%d+)$')
  if at then
    at = tonumber(at)
    lack = math.max(0, tonumber(before) - (now - at) * flow)
    isSetBack = at > now + ${BEHIND_MS_MAX}
      or (tonumber(held) > capacity and lack > capacity + ${BEHIND_MS_MAX} * flow)
    if isSetBack then lack = capacity end
  end
  lack = math.max(0, lack + owed * ${TOKEN})
  local granted = math.max(0, math.min(math.floor((capacity - lack) / ${TOKEN}), needed))
  lack = lack + granted * ${TOKEN}
  local shown = string.format('%.0f', lack)
  if lack == 0 then
    if state then redis.call('DEL', key) end
  elseif isSetBack or granted > 0 or owed ~= 0 then
    local ms = math.min(math.ceil(lack / flow) + 1000, ${BUCKET_MS_MAX})
    redis.call('SET', key, string.format('%.0f %s %.0f', now, shown, capacity), 'PX', string.format('%.0f', ms))
  end
  answers[i] = string.format('%.0f %s', granted, shown)
end
return table.concat(answers, '\\n')`)

/** Adds to a count. Arguments: amount, milliseconds to keep it. @returns the count */
export const addScript: RedisScript = redisScript(`
local before = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
local amount = tonumber(ARGV[1])
if amount == 0 then return before end
local count = math.min(before + amount, ${countMax})
redis.call('SET', KEYS[1], string.format('%.0f', count), 'PX', ARGV[2])
return count`)

export const counterScripts: readonly RedisScript[] = [bucketScript, addScript]
