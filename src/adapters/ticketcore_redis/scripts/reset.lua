#!lua flags=allow-oom
-- Set an event's counter and its terms of sale from the ledger.  To be called while the event's row is locked.
--
-- KEYS     available, counter, flights, deadlines
-- ARGV     version, free, lapsed (a score as in take.lua), now, revision, max_quantity, starts_at ('' if the sale has no
--          start), ends_at, limits_customers ('1' or '0'), since (of a new counter)
-- Times    milliseconds since 1970
-- Returns  by how much the counter was too high, or nil if there was no counter
-- Changes  sets the counter to free minus what is in flight, which is summed up again, and the terms of sale;
--          forgets the reservations that have passed their deadline
-- Work     grows with the takes in flight, each of which lasts a few seconds at most, and the reservations forgotten
-- Memory   runs even when it is full: otherwise a counter that can still be read would become stale

local available, counter, flights, deadlines = unpack(KEYS)
local version, free, lapsed, now, revision, max_quantity, starts_at, ends_at, limits_customers, since = unpack(ARGV)
local week = 7 * 24 * 3600 * 1000

local function places(from, to)
  local sum = 0
  for index, member in ipairs(redis.call('ZRANGEBYSCORE', flights, from, to, 'WITHSCORES')) do
    if index % 2 == 0 then
      sum = sum + tonumber(member) % 1024
    end
  end
  return sum
end

-- Delete a value of another type under a key of ours: no other command would repair it.
for key, kind in pairs({[available] = 'string', [counter] = 'hash', [flights] = 'zset', [deadlines] = 'zset'}) do
  local found = redis.call('TYPE', key)['ok']
  if found ~= kind and found ~= 'none' then
    redis.call('DEL', key)
  end
end

-- If a part of the counter's keys was lost, such as the flights that `in_flight` sums up, the rest is not a valid counter.
local existed = redis.call('EXISTS', available, counter) == 2
  and (redis.call('HMGET', counter, 'in_flight')[1] == '0' or redis.call('EXISTS', flights) == 1)
local before = (tonumber(redis.call('GET', available)) or 0) + places('-inf', '(' .. lapsed)
redis.call('ZREMRANGEBYSCORE', flights, '-inf', '(' .. lapsed)
redis.call('ZREMRANGEBYSCORE', deadlines, '-inf', now)
local in_flight = places('-inf', '+inf')
local after = free - in_flight

redis.call('SET', available, after, 'PX', week)
redis.call('HSET', counter, 'version', version, 'in_flight', in_flight,
  'revision', revision, 'max_quantity', max_quantity, 'starts_at', starts_at, 'ends_at', ends_at,
  'limits_customers', limits_customers, 'found_due_at', 0)
if not existed then
  redis.call('HSET', counter, 'since', since)
end
redis.call('PEXPIRE', counter, week)
return existed and before - after
