#!lua flags=no-writes
-- Read the counters of events.
--
-- KEYS     of each event: available, counter, flights, deadlines
-- ARGV     past (a score as in take.lua)
-- Returns  of each event {the free places, never below 0, the places that are due, the revision of the terms of sale, since
--          when the counter is there, in milliseconds since 1970}, or nil if there is no counter
-- Changes  nothing: flights that have lapsed are counted as free, and given back by the next take
-- Work     grows with the events, the flights that have lapsed and the reservations that are due

local past = ARGV[1]

-- Return the scores of what has passed.
local function passed(members)
  local scores = {}
  for index = 2, #members, 2 do
    scores[#scores + 1] = tonumber(members[index])
  end
  return scores
end

local function read(available, counter, flights, deadlines)
  local free = tonumber(redis.call('GET', available))
  local in_flight, revision, since = unpack(redis.call('HMGET', counter, 'in_flight', 'revision', 'since'))
  -- If a part of the counter's keys was lost, such as the flights that `in_flight` sums up, the rest is not a valid counter.
  if not free or not in_flight or (in_flight ~= '0' and redis.call('EXISTS', flights) == 0) then
    return false
  end
  if in_flight ~= '0' then
    for _, score in ipairs(passed(redis.call('ZRANGEBYSCORE', flights, '-inf', '(' .. past, 'WITHSCORES'))) do
      free = free + score % 1024
    end
  end
  local due = 0
  for _, score in ipairs(passed(redis.call('ZRANGEBYSCORE', deadlines, '-inf', '(' .. past, 'WITHSCORES'))) do
    if score % 2048 >= 1024 then
      due = due + score % 1024
    end
  end
  return {math.max(0, free), due, tonumber(revision), tonumber(since)}
end

local found = {}
for first = 1, #KEYS, 4 do
  found[#found + 1] = read(unpack(KEYS, first, first + 3))
end
return found
