#!lua flags=no-writes
-- Read an event's counter.
--
-- KEYS     available, counter, flights, deadlines
-- ARGV     past (a score as in take.lua)
-- Returns  {the free places, never below 0, the places that are due, the revision of the terms of sale, since when it is
--          there, in milliseconds since 1970}, or nil if there is no counter
-- Changes  nothing: flights that have lapsed are counted as free, and given back by the next take
-- Work     grows with the flights that have lapsed and the reservations that are due

local available, counter, flights, deadlines = unpack(KEYS)
local past = ARGV[1]

-- If a part of the counter's keys was lost, such as the flights that `in_flight` sums up, the rest is not a valid counter.
local function is_unknown()
  return redis.call('EXISTS', available, counter) < 2
    or (redis.call('HMGET', counter, 'in_flight')[1] ~= '0' and redis.call('EXISTS', flights) == 0)
end

if is_unknown() then
  return false
end

local free, due = tonumber(redis.call('GET', available)), 0
for index, score in ipairs(redis.call('ZRANGEBYSCORE', flights, '-inf', '(' .. past, 'WITHSCORES')) do
  if index % 2 == 0 then
    free = free + tonumber(score) % 1024
  end
end
for index, score in ipairs(redis.call('ZRANGEBYSCORE', deadlines, '-inf', '(' .. past, 'WITHSCORES')) do
  if index % 2 == 0 and tonumber(score) % 2048 >= 1024 then
    due = due + tonumber(score) % 1024
  end
end
local revision, since = unpack(redis.call('HMGET', counter, 'revision', 'since'))
return {math.max(0, free), due, tonumber(revision), tonumber(since)}
