#!lua flags=no-writes
-- Read an event's free places.
--
-- KEYS     available, counter, flights
-- ARGV     lapsed (a score as in take.lua)
-- Answers  the free places, never below 0, or nil if there is no counter
-- Changes  nothing: flights that have lapsed are counted as free, and given back by the next take
-- Work     grows with the flights that have lapsed

local available, counter, flights = unpack(KEYS)
local lapsed = ARGV[1]

if redis.call('EXISTS', available, counter) < 2 then
  return false
end

local free = tonumber(redis.call('GET', available))
for index, member in ipairs(redis.call('ZRANGEBYSCORE', flights, '-inf', '(' .. lapsed, 'WITHSCORES')) do
  if index % 2 == 0 then
    free = free + tonumber(member) % 1024
  end
end
return math.max(0, free)
