-- Removes entries that have expired, some at a time.
-- KEYS: data, order, deadlines, totals.  ARGV: now, at most so many.  Answers how many there were.
local data, order, deadlines, totals = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local gone = redis.call('ZRANGEBYSCORE', deadlines, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
local bytes = 0
for _, key in ipairs(gone) do
  local head = redis.call('HGET', data, 'h' .. key)
  local metadata = #head - 17
  bytes = bytes + #key + metadata + redis.call('HSTRLEN', data, 'v' .. key)
  redis.call('HDEL', data, 'h' .. key, 'v' .. key)
  redis.call('ZREM', order, key)
  redis.call('ZREM', deadlines, key)
end
if #gone > 0 then
  redis.call('HINCRBY', totals, 'bytes', -bytes)
  redis.call('HINCRBY', totals, 'entries', -#gone)
end
return #gone
