#!lua flags=allow-oom
-- Update an event's counter after a change of the ledger.
--
-- KEYS     available, counter, flights, deadlines, reservation
-- ARGV     order, keep ('1' while there is a reservation, else '0'), version, free (both '' if the ledger was not read)
-- Returns  nothing
-- Changes  ends the order's take if it is in flight and gives its places back; then, if version is not older than the
--          counter's, sets the counter to free minus what is still in flight; without a counter none is created
-- Work     logarithmic
-- Memory   runs even when it is full: otherwise a counter that can still be read would become stale

local available, counter, flights, deadlines, reservation = unpack(KEYS)
local order, keep, version, free = unpack(ARGV)

if keep == '0' then
  redis.call('ZREM', deadlines, order)
  redis.call('DEL', reservation)
end

-- If a part of the counter's keys was lost, such as the flights that `in_flight` sums up, the rest is not a valid counter.
local function is_unknown()
  return redis.call('EXISTS', available, counter) < 2
    or (redis.call('HMGET', counter, 'in_flight')[1] ~= '0' and redis.call('EXISTS', flights) == 0)
end

local unknown = is_unknown()
local flight = redis.call('ZSCORE', flights, order)
redis.call('ZREM', flights, order)

if unknown then
  return
end

if flight then
  local quantity = tonumber(flight) % 1024
  redis.call('HINCRBY', counter, 'in_flight', -quantity)
  redis.call('INCRBY', available, quantity)
end

local known, in_flight = unpack(redis.call('HMGET', counter, 'version', 'in_flight'))
if version ~= '' and tonumber(version) >= tonumber(known) then
  redis.call('SET', available, free - in_flight, 'KEEPTTL')
  redis.call('HSET', counter, 'version', version)
end
