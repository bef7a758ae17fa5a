#!lua flags=no-writes
-- Read an event's free places, and the revision of its terms of sale.
--
-- KEYS     available, counter, flights
-- ARGV     lapsed (a score as in take.lua)
-- Returns  {the free places, never below 0, the revision}, or nil if there is no counter
-- Changes  nothing: flights that have lapsed are counted as free, and given back by the next take
-- Work     grows with the flights that have lapsed

local available, counter, flights = unpack(KEYS)
local lapsed = ARGV[1]

-- If a part of the counter's keys was lost, such as the flights that `in_flight` sums up, the rest is not a valid counter.
local function is_unknown()
  return redis.call('EXISTS', available, counter) < 2
    or (redis.call('HMGET', counter, 'in_flight')[1] ~= '0' and redis.call('EXISTS', flights) == 0)
end

if is_unknown() then
  return false
end

local free = tonumber(redis.call('GET', available))
for index, member in ipairs(redis.call('ZRANGEBYSCORE', flights, '-inf', '(' .. lapsed, 'WITHSCORES')) do
  if index % 2 == 0 then
    free = free + tonumber(member) % 1024
  end
end
return {math.max(0, free), tonumber(redis.call('HMGET', counter, 'revision')[1] or 0)}
