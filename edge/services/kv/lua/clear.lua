-- Removes all entries; versions go on from where they are.
-- KEYS: data, order, deadlines, totals.
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
if redis.call('EXISTS', KEYS[4]) == 1 then redis.call('HSET', KEYS[4], 'bytes', 0, 'entries', 0) end
return 1
