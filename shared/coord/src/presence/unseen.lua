-- Gives the agents of a branch that were not seen for a grace time.
-- KEYS: the presence of the branch. ARGV: the hole in ms, how long to keep it in ms, the grace
-- in ms, agents. See beat.lua.
local key, hole, keep, grace = KEYS[1], tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = string.format('%.0f', now)

-- Without the right to ask for it every run is the same one.
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or 'unknown'

local touched = redis.call('ZSCORE', key, '*touched')
local is_known = redis.call('ZSCORE', key, '*run.' .. run)
if not touched or math.abs(now - touched) > hole or not is_known then
  redis.call('DEL', key)
  redis.call('ZADD', key, at, '*since', 0, '*run.' .. run)
end
redis.call('ZADD', key, at, '*touched')
redis.call('PEXPIRE', key, keep)

-- Agents that left the firm do not stay for ever.
for _, old in ipairs(redis.call('ZRANGEBYSCORE', key, 1, string.format('%.0f', now - keep), 'LIMIT', 0, 100)) do
  if string.sub(old, 1, 1) ~= '*' then
    redis.call('ZREM', key, old)
  end
end

local since = tonumber(redis.call('ZSCORE', key, '*since'))
local unseen = {}
if #ARGV > 3 and now - since >= grace then
  local agents = {}
  for place = 4, #ARGV do
    agents[#agents + 1] = ARGV[place]
  end
  local seen = redis.call('ZMSCORE', key, unpack(agents))
  for place, agent in ipairs(agents) do
    if now - tonumber(seen[place] or since) >= grace then
      unseen[#unseen + 1] = agent
    end
  end
end
return unseen
