-- Keys of a range with their heads, without those that have expired.
-- KEYS: data, order.  ARGV: now, low (inclusive), high (exclusive), at most so many keys, at most so many looked at.
-- Answers {1 when the range has been looked at to its end, the last key looked at, key, head, key, head...}.
local data, order = KEYS[1], KEYS[2]
local now, wanted, most = tonumber(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[5])
local keys = redis.call('ZRANGEBYLEX', order, '[' .. ARGV[2], '(' .. ARGV[3], 'LIMIT', 0, most)
local answer = {#keys < most and 1 or 0, ''}
for _, key in ipairs(keys) do
  if #answer == 2 + 2 * wanted then
    answer[1] = 0
    return answer
  end
  answer[2] = key
  local head = redis.call('HGET', data, 'h' .. key)
  local _, expires = struct.unpack('>I8I8', head)
  if expires == 0 or expires > now then
    answer[#answer + 1] = key
    answer[#answer + 1] = head
  end
end
return answer
