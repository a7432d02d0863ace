-- Puts figures of branches, drops old ones, gives all: branch, figures, branch, figures…
-- KEYS: the figures. ARGV: how old they may be in ms; then branches, each with its figures or
-- with nothing to be forgotten.
local key, age = KEYS[1], tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

for place = 2, #ARGV, 2 do
  if ARGV[place + 1] == '' then
    redis.call('HDEL', key, ARGV[place])
  else
    redis.call('HSET', key, ARGV[place], string.format('%.0f:', now) .. ARGV[place + 1])
  end
end
if #ARGV > 1 then
  redis.call('PEXPIRE', key, age)
end

local all, fresh = redis.call('HGETALL', key), {}
for place = 1, #all, 2 do
  local at, figures = string.match(all[place + 1], '^(%d+):(.*)$')
  if at and math.abs(now - at) <= age then
    fresh[#fresh + 1] = all[place]
    fresh[#fresh + 1] = figures
  else
    redis.call('HDEL', key, all[place])
  end
end
return fresh
