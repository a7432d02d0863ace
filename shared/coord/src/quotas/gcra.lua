-- Takes one from a quota by the generic cell rate algorithm; gives 0, or how many ms to wait.
-- KEYS: the quota. ARGV: microseconds for one, how many at once.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local one = tonumber(ARGV[1])
local room = one * tonumber(ARGV[2])

-- A server's clock that was set back must not lock a key for longer than a full quota does.
local full_until = math.max(now, math.min(tonumber(redis.call('GET', KEYS[1]) or now), now + room))
if full_until + one - now > room then
  return math.max(1, math.ceil((full_until + one - now - room) / 1000))
end
full_until = full_until + one
redis.call('SET', KEYS[1], string.format('%.0f', full_until), 'PX', math.max(1, math.ceil((full_until - now) / 1000)))
return 0
