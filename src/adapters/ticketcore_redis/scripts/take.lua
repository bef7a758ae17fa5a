#!lua
-- Take places out of an event's counter for a reservation in flight, and remember the reservation until it ends.
--
-- KEYS     available, counter, flights, deadlines, reservation
-- ARGV     event, order, quantity, deadline, now, flight, lapsed, vetted ('1' if the ledger was asked about the customer)
-- Times    deadline and now are milliseconds since 1970.  A flight's score is the time at which it lapses, in steps of
--          1/1024 ms, and its quantity in the steps below the millisecond; whatever is below the score `lapsed` has lapsed.
-- Returns  {'taken'}, {'repeated'}, {'not_admitted'}, {'limited'}, {'due'}, {'unknown'} or {'too_few', available, in_flight}
-- Changes  only for 'taken'; 'due' removes the deadlines that it reports, and says when; flights that have lapsed are given back
-- Work     logarithmic, and linear in the flights given back and the deadlines removed

local available, counter, flights, deadlines, reservation = unpack(KEYS)
local event, order, quantity, deadline, now, flight, lapsed, vetted = unpack(ARGV)
local week = 7 * 24 * 3600 * 1000

-- If a part of the counter's keys was lost, such as the flights that `in_flight` sums up, the rest is not a valid counter.
local function is_unknown()
  return redis.call('EXISTS', available, counter) < 2
    or (redis.call('HMGET', counter, 'in_flight')[1] ~= '0' and redis.call('EXISTS', flights) == 0)
end

if is_unknown() then
  return {'unknown'}
end

local back = 0
for index, member in ipairs(redis.call('ZRANGEBYSCORE', flights, '-inf', '(' .. lapsed, 'WITHSCORES')) do
  if index % 2 == 0 then
    back = back + tonumber(member) % 1024
  end
end
if back > 0 then
  redis.call('ZREMRANGEBYSCORE', flights, '-inf', '(' .. lapsed)
  redis.call('HINCRBY', counter, 'in_flight', -back)
  redis.call('INCRBY', available, back)
end

if redis.call('ZSCORE', deadlines, order) or redis.call('ZSCORE', flights, order) then
  return {'repeated'}
end

-- An order that the ledger is bound to refuse changes nothing that others see (the rule is SaleTerms.admit).
local max_quantity, starts_at, ends_at, limits_customers =
  unpack(redis.call('HMGET', counter, 'max_quantity', 'starts_at', 'ends_at', 'limits_customers'))
local admits = tonumber(quantity) >= 1 and tonumber(quantity) <= tonumber(max_quantity or 0)
local is_open = starts_at == '' or tonumber(now) >= tonumber(starts_at)
if not admits or not is_open or tonumber(now) >= tonumber(ends_at) then
  return {'not_admitted'}
end

local free = tonumber(redis.call('GET', available))
if free >= tonumber(quantity) and limits_customers == '1' and vetted == '0' then
  return {'limited'}
end
if free >= tonumber(quantity) then
  redis.call('DECRBY', available, quantity)
  redis.call('HINCRBY', counter, 'in_flight', quantity)
  redis.call('ZADD', flights, flight, order)
  redis.call('ZADD', deadlines, deadline, order)
  redis.call('HSET', reservation, 'eventId', event, 'quantity', quantity, 'expiresAt', deadline)
  redis.call('PEXPIREAT', reservation, deadline)
  for _, key in ipairs({available, counter, flights, deadlines}) do
    redis.call('PEXPIRE', key, week)
  end
  return {'taken'}
end

if redis.call('ZREMRANGEBYSCORE', deadlines, '-inf', now) > 0 then
  redis.call('HSET', counter, 'found_due_at', now)
  return {'due'}
end
return {'too_few', math.max(0, free), tonumber(redis.call('HMGET', counter, 'in_flight')[1])}
