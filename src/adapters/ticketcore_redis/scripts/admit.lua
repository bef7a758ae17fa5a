#!lua
-- Count one act of a client, unless it is beyond its limit (the rule is Limit.wait).
--
-- KEYS     accepted: the times of the client's latest acts, in the order of acceptance
-- ARGV     amount, period, now
-- Times    milliseconds, now since 1970
-- Returns  0 if the act was counted, otherwise how long the client has to wait
-- Changes  only if the act was counted
-- Work     constant

local accepted = unpack(KEYS)
local amount, period, now = unpack(ARGV)

local earlier = redis.call('LINDEX', accepted, -amount)
if earlier then
  local wait = math.min(tonumber(earlier) + period - now, period)
  if wait > 0 then
    return wait
  end
end
redis.call('RPUSH', accepted, now)
redis.call('LTRIM', accepted, -amount, -1)
redis.call('PEXPIRE', accepted, period)
return 0
