-- Notes that a process is there; gives how many were there lately.
-- KEYS: the processes. ARGV: the process, how long one counts in ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local age = tonumber(ARGV[2])
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - age))
-- A server's clock that was set back leaves signs of the future.
redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('(%.0f', now), '+inf')
redis.call('PEXPIRE', KEYS[1], age)
return redis.call('ZCARD', KEYS[1])
