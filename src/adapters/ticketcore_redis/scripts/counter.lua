#!lua flags=no-writes
-- Read the counters of events.
--
-- KEYS     of each event: available, counter, flights, deadlines
-- ARGV     lapsed (a score as in take.lua), now, lately (a take that found reservations due since then may not have been
--          followed by their expiry)
-- Times    milliseconds since 1970
-- Returns  a text, of which a line for each event has the free places, never below 0, whether reservations may be due (1 or 0), the
--          revision of the terms of sale, and since when the counter is there, or is empty if there is no counter: clients
--          take longer to read nested arrays
-- Changes  nothing: flights that have lapsed are counted as free, and given back by the next take
-- Work     grows with the events and with the flights that have lapsed

local lapsed, now, lately = unpack(ARGV)

local function places_back(flights)
  local sum = 0
  for index, member in ipairs(redis.call('ZRANGEBYSCORE', flights, '-inf', '(' .. lapsed, 'WITHSCORES')) do
    if index % 2 == 0 then
      sum = sum + tonumber(member) % 1024
    end
  end
  return sum
end

local function read(available, counter, flights, deadlines)
  local free = tonumber(redis.call('GET', available))
  local in_flight, revision, since, found_due_at =
    unpack(redis.call('HMGET', counter, 'in_flight', 'revision', 'since', 'found_due_at'))
  -- If a part of the counter's keys was lost, such as the flights that `in_flight` sums up, the rest is not a valid counter.
  if not free or not in_flight or (in_flight ~= '0' and redis.call('EXISTS', flights) == 0) then
    return ''
  end
  if in_flight ~= '0' then
    free = free + places_back(flights)
  end
  local is_found = tonumber(found_due_at) > tonumber(lately)
  local is_due = is_found or #redis.call('ZRANGEBYSCORE', deadlines, '-inf', now, 'LIMIT', 0, 1) > 0
  return string.format('%.0f %d %.0f %.0f', math.max(0, free), is_due and 1 or 0, tonumber(revision), tonumber(since))
end

local found = {}
for first = 1, #KEYS, 4 do
  found[#found + 1] = read(unpack(KEYS, first, first + 3))
end
return table.concat(found, '\n')
