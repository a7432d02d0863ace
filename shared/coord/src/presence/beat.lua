-- Notes that agents of a branch are here.
-- KEYS: the presence of the branch. ARGV: the hole in ms, how long to keep it in ms, agents.
-- Beside the agents, which have no `*` in their names: since when presence is up, when it was
-- last touched, which run of the server it is.
local key, hole, keep = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = string.format('%.0f', now)

local touched = redis.call('ZSCORE', key, '*touched')
if not touched or math.abs(now - touched) > hole then
  redis.call('DEL', key)
  redis.call('ZADD', key, at, '*since')
end

local beats = { at, '*touched' }
for place = 3, #ARGV do
  beats[#beats + 1] = at
  beats[#beats + 1] = ARGV[place]
end
redis.call('ZADD', key, unpack(beats))
redis.call('PEXPIRE', key, keep)
return 1
