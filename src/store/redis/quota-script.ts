import { redisScript, type RedisScript } from './redis-script.ts'

// gh:mark           which Redis this is, until it forgets it
// gh:q:{plan} {key}  `DAY ERA SEED GRANTED`: requests of a key in the period that begins on that day. An era begins when
// there is nothing in Redis. SEED is what was counted before it, as far as anybody knows; GRANTED what was since.
//
// A process that has its numbers from an earlier era knows of requests that this Redis has forgotten: the most that
// anybody knows counts. One that has them from the database alone may know requests twice: they are in GRANTED, too.

/**
 * Grants requests of a quota.
 * Arguments: 1 day, 2 limit, 3 needed, 4 ahead, 5 share, 6 era that the process knows or '', 7 count that it knows,
 * 8 requests that it let in by itself since, 9 name of a new era, 10 milliseconds to keep it.
 * @returns granted, the count with them, the era
 */
export const quotaScript: RedisScript = redisScript(`
local day, limit, known = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[7])
local state = redis.call('GET', KEYS[1])
local at, era, seed, granted
if state then
  at, era, seed, granted = string.match(state, '(%S+) (%S+) (%S+) (%S+)')
  at, seed, granted = tonumber(at), tonumber(seed), tonumber(granted)
end
if not at or at < day then
  at, era, seed, granted = day, ARGV[9], known, 0
elseif at == day then
  if ARGV[6] == era then granted = granted + tonumber(ARGV[8])
  elseif ARGV[6] == '' then seed = math.max(seed, known - granted)
  else seed = math.max(seed, known) end
end
local left = math.max(0, limit - seed - granted)
local needed = math.min(left, tonumber(ARGV[3]))
local ahead = math.min(tonumber(ARGV[4]), math.floor((left - needed) / tonumber(ARGV[5])))
granted = granted + needed + ahead
redis.call('SET', KEYS[1], string.format('%.0f %s %.0f %.0f', at, era, seed, granted), 'PX', ARGV[10])
return {needed + ahead, seed + granted, era}`)

/** Gives back what was granted and not used. Arguments: day, era, requests. */
export const quotaBackScript: RedisScript = redisScript(`
local state = redis.call('GET', KEYS[1])
if not state then return end
local at, era, seed, granted = string.match(state, '(%S+) (%S+) (%S+) (%S+)')
if at ~= ARGV[1] or era ~= ARGV[2] then return end
granted = tonumber(granted) - tonumber(ARGV[3])
redis.call('SET', KEYS[1], string.format('%s %s %s %.0f', at, era, seed, granted), 'KEEPTTL')`)

/** Marks a Redis that has forgotten everything. Arguments: a new mark. @returns its mark: another one when it has */
export const markScript: RedisScript = redisScript(`
local mark = redis.call('GET', KEYS[1])
if mark then return mark end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]`)

export const quotaScripts: readonly RedisScript[] = [quotaScript, quotaBackScript, markScript]
