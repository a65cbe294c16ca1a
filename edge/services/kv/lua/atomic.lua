-- Checks, then mutations: all or none.  With the flag `clear` all keys go first, after the checks.
-- KEYS: data, order, deadlines, totals.
-- ARGV: now, quota, clear (1 or 0), number of checks, {key, version or ""}, number of mutations, {key, operation, ...}:
--   set: kind, expiry or 0, metadata flag, metadata, value;  delete: nothing;  add: number.
-- Answers {version, result...}, or {problem, ...}: "check"; "kind", key, kind; "range", key; "quota", total.
local data, order, deadlines, totals = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local now, quota, clear = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local SAFE, NUMBER_TEXT, JSON = 9007199254740991, 32, 0
local at = 4

local function take()
  at = at + 1
  return ARGV[at]
end

local function stored(key)
  local head = redis.call('HGET', data, 'h' .. key)
  if not head then return nil end
  local version, expires, kind = struct.unpack('>I8I8B', head)
  local metadata = nil
  if kind >= 128 then
    kind = kind - 128
    metadata = string.sub(head, 18)
  end
  return {
    version = version, expires = expires, kind = kind, metadata = metadata,
    alive = expires == 0 or expires > now,
    size = #key + redis.call('HSTRLEN', data, 'v' .. key) + (metadata and #metadata or 0),
  }
end

local known = {}
local function found(key)
  if known[key] == nil then known[key] = stored(key) or false end
  return known[key]
end

for _ = 1, tonumber(ARGV[4]) do
  local key, version = take(), take()
  local entry = found(key)
  local current = entry and entry.alive and string.format('%.0f', entry.version) or ''
  if current ~= version then return {'check'} end
end

if clear then
  found = function() return false end
end

-- What the mutations make of the keys; false is a deleted one.
local writes, changed = {}, {}

local function current(key)
  if writes[key] ~= nil then return writes[key] end
  local entry = found(key)
  return entry and entry.alive and entry or false
end

local function write(key, entry)
  if writes[key] == nil then changed[#changed + 1] = key end
  writes[key] = entry
end

-- As JSON that is as short as it can be and reads back as the same number.
local function text_of(number)
  if number == math.floor(number) then return number == 0 and '0' or string.format('%.0f', number) end
  for digits = 15, 17 do
    local text = string.format('%.' .. digits .. 'g', number)
    if tonumber(text) == number then return text end
  end
end

local function number_in(key, entry)
  if entry.kind ~= JSON then return nil end
  local text = entry.value
  if not text then
    if redis.call('HSTRLEN', data, 'v' .. key) > NUMBER_TEXT then return nil end
    text = redis.call('HGET', data, 'v' .. key)
  end
  if #text > NUMBER_TEXT or not string.find(text, '^%s*[-%d]') then return nil end
  return tonumber(text)
end

local results = {}
for number = 1, tonumber(take()) do
  local key, operation = take(), take()
  local before = current(key)
  if operation == 'set' then
    local kind, expires, has, metadata, value = tonumber(take()), tonumber(take()), take(), take(), take()
    write(key, {kind = kind, expires = expires, metadata = has == '1' and metadata or nil, value = value})
    results[number] = '1'
  elseif operation == 'delete' then
    write(key, false)
    results[number] = before and '1' or '0'
  else
    local held, by = 0, tonumber(take())
    if before then
      held = number_in(key, before)
      if not held then return {'kind', key, tostring(before.kind)} end
    end
    local sum = held + by
    if not (math.abs(sum) <= SAFE) then return {'range', key} end
    local text = text_of(sum)
    write(key, {
      kind = JSON, expires = before and before.expires or 0, metadata = before and before.metadata or nil, value = text,
    })
    results[number] = text
  end
end

local growth, entries = 0, 0
for _, key in ipairs(changed) do
  local old, new = found(key), writes[key]
  if old then growth, entries = growth - old.size, entries - 1 end
  if new then growth, entries = growth + #key + #new.value + (new.metadata and #new.metadata or 0), entries + 1 end
end
local total = (clear and 0 or tonumber(redis.call('HGET', totals, 'bytes') or '0')) + growth
if growth > 0 and total > quota then return {'quota', string.format('%.0f', total)} end

-- Later than every version of this namespace, and, as clocks of servers go on, than those of others.
local time = redis.call('TIME')
local version = math.max(
  tonumber(redis.call('HGET', totals, 'version') or '0') + 1, tonumber(time[1]) * 1000000 + tonumber(time[2])
)
if clear then
  redis.call('UNLINK', data, order, deadlines)
  redis.call('HSET', totals, 'entries', 0)
end
for _, key in ipairs(changed) do
  local new = writes[key]
  if new then
    local kind = new.kind + (new.metadata and 128 or 0)
    local head = struct.pack('>I8I8B', version, new.expires, kind) .. (new.metadata or '')
    redis.call('HSET', data, 'h' .. key, head, 'v' .. key, new.value)
    redis.call('ZADD', order, 0, key)
    if new.expires == 0 then
      redis.call('ZREM', deadlines, key)
    else
      redis.call('ZADD', deadlines, new.expires, key)
    end
  elseif found(key) then
    redis.call('HDEL', data, 'h' .. key, 'v' .. key)
    redis.call('ZREM', order, key)
    redis.call('ZREM', deadlines, key)
  end
end
redis.call('HSET', totals, 'bytes', string.format('%.0f', total), 'version', string.format('%.0f', version))
redis.call('HINCRBY', totals, 'entries', entries)
return {string.format('%.0f', version), unpack(results)}
