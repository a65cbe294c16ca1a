-- Heads and values of many keys, as of one moment.
-- KEYS: data.  ARGV: now, bytes that the values may have together, key...
-- Answers {head, value, ...} with empty texts for what is not there; a number, when they have more bytes.
local data, now, size = KEYS[1], tonumber(ARGV[1]), 0
local heads = {}
for number = 3, #ARGV do
  local head = redis.call('HGET', data, 'h' .. ARGV[number])
  if head then
    local _, expires = struct.unpack('>I8I8', head)
    if expires == 0 or expires > now then
      heads[number] = head
      size = size + redis.call('HSTRLEN', data, 'v' .. ARGV[number])
    end
  end
end
if size > tonumber(ARGV[2]) then return size end
local answer = {}
for number = 3, #ARGV do
  answer[#answer + 1] = heads[number] or ''
  answer[#answer + 1] = heads[number] and redis.call('HGET', data, 'v' .. ARGV[number]) or ''
end
return answer
