import { redisScript, type RedisScript } from './redis-script.ts'

// gh:mark           which Redis this is, until it forgets it
// gh:q2:{plan} {key} {days}  `DAY ERA SEED GRANTED`: requests of a key in the period of so many days that begins on that
// day. An era begins when there is nothing in Redis. SEED is what was counted before it, as far as anybody knows; GRANTED what was since.
//
// A process that has its numbers from an earlier era knows of requests that this Redis has forgotten: the most that
// anybody knows counts. One that has them from the database alone may know requests twice: they are in GRANTED, too.

/**
 * Grants requests of quotas.
 * Arguments, of each: 1 day, 2 limit, 3 needed, 4 ahead, 5 share, 6 era that the process knows or `-`, 7 count that it
 * knows, 8 requests that it let in by itself since (below 0: given back), 9 name of a new era, 10 milliseconds to keep it.
 * @returns of each: granted, the count with them, the era
 */
export const quotaScript: RedisScript = redisScript(`
local answers = {}
for i, key in ipairs(KEYS) do
  local words = {}
  for word in string.gmatch(ARGV[i], '%S+') do words[#words + 1] = word end
  local function number(at) return tonumber(words[at]) end
  local day, limit, needed, ahead, known, owed =
    number(1), number(2), number(3), number(4), number(7), number(8)
  local at, era, seed, granted = string.match(redis.call('GET', key) or '', '^(%d+) (%S+) (-?%d+) (-?%d+)$')
  at, seed, granted = tonumber(at), tonumber(seed), tonumber(granted)
  if not at or at < day then
    at, era, seed, granted = day, words[9], known, 0
  elseif at == day then
    if words[6] == era then granted = granted + owed
    elseif words[6] == '-' then seed = math.max(seed, known - granted)
    else seed = math.max(seed, known) end
  end
  local left = math.max(0, limit - seed - granted)
  needed = math.min(left, needed)
  ahead = math.min(ahead, math.floor((left - needed) / number(5)))
  granted = granted + needed + ahead
  redis.call('SET', key, string.format('%.0f %s %.0f %.0f', at, era, seed, granted), 'PX', words[10])
  answers[i] = string.format('%.0f %.0f %s', needed + ahead, seed + granted, era)
end
return table.concat(answers, '\\n')`)

/** Marks a Redis that has forgotten everything. Arguments: a new mark. @returns its mark: another one when it has */
export const markScript: RedisScript = redisScript(`
local mark = redis.call('GET', KEYS[1])
if mark then return mark end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]`)

export const quotaScripts: readonly RedisScript[] = [quotaScript, markScript]
