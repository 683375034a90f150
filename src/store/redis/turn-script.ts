import { redisScript, type RedisScript } from './redis-script.ts'

// gh:t:{digest}  hash: process → `HELD UNTIL WANTED`: turns that it has, until when they are its own, and until when it
//                counts as one that wants more. Times are the server's.

/**
 * Turns. Of each: says how many a process has, and gives it more of them. Where others want some, too, nobody is given more
 * than its part.
 * Arguments, of each: 1 process, 2 turns that it has, 3 wanted, 4 limit, 5 milliseconds for which they are its own,
 * 6 milliseconds for which it counts as one that wants more.
 * @returns of each: granted, 1 where others want some
 */
export const turnScript: RedisScript = redisScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local answers = {}
for i, key in ipairs(KEYS) do
  local process, held, wanted, limit, lives, wants =
    string.match(ARGV[i], '(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)')
  held, wanted, limit = tonumber(held), tonumber(wanted), tonumber(limit)
  local taken, parts, areWanted = held, 1, false
  local all = redis.call('HGETALL', key)
  for j = 1, #all, 2 do
    local theirs, living, wanting = string.match(all[j + 1], '^(%d+) (%d+) (%d+)$')
    theirs, living, wanting = tonumber(theirs), tonumber(living), tonumber(wanting)
    if not theirs or living <= now then redis.call('HDEL', key, all[j])
    elseif all[j] ~= process then
      taken = taken + theirs
      if theirs > 0 or wanting > now then parts = parts + 1 end
      areWanted = areWanted or wanting > now
    end
  end
  local most = limit - taken
  if areWanted then most = math.min(most, math.ceil(limit / parts) - held) end
  local granted = math.max(0, math.min(wanted, most))
  local isShort = granted < wanted
  if held + granted > 0 or isShort then
    local state = string.format('%.0f %.0f %.0f', held + granted, now + lives, isShort and now + wants or 0)
    redis.call('HSET', key, process, state)
    redis.call('PEXPIRE', key, lives)
  else redis.call('HDEL', key, process) end
  answers[i] = granted .. (areWanted and ' 1' or ' 0')
end
return table.concat(answers, '\\n')`)
