-- One request of a bucket: GCRA by the server's clock, see gcra.py.
-- KEYS: the bucket, a time at which it is full, in microseconds.  ARGV: interval and window, in microseconds.
-- Answers {1 when it passes, how many more could follow at once, microseconds until full, until one more passes}.
local interval, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local debt = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or '0') - now, 0), window)
local wanted = debt + interval
if wanted > window * (1 + 1e-9) then return {0, 0, math.ceil(debt), math.ceil(wanted - window)} end
redis.call('SET', KEYS[1], string.format('%.3f', now + wanted), 'PX', math.ceil(wanted / 1000))
return {1, math.floor((window - wanted) / interval + 1e-6), math.ceil(wanted), 0}
