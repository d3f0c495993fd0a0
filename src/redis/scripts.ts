/**
 * The scripts of the log, in Lua. Redis runs a script as a whole, so each is one atomic step. All times are Redis's own:
 * the clocks of the processes do not matter.
 *
 * A stream has three keys, which a hash tag keeps in one slot of a cluster:
 *
 * - state, a hash: `token`, `until` (when the lease ends, in µs; 0 if it was released), `lease` and `grace` (their durations, in
 *   ms; -1 if graceMs is Infinity), `position` (of the last entry), `nonce` (of the last `open`), `stopped`, `ended`
 * - entries, a stream of Redis: each item is a batch of entries, and its ID is the position of the last one
 * - readers, a key that expires `grace` after the last read
 *
 * Numbers are passed as text with all their digits, because Lua would shorten them.
 */

const PRELUDE = `
local state, entries, readers = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function text(number)
  return string.format('%.0f', number)
end

local function attend(grace)
  if grace ~= '-1' then redis.call('SET', readers, '', 'PX', grace) end
end

local function renew(lease, retention)
  redis.call('HSET', state, 'until', text(now + lease * 1000))
  local ms = text(math.max(tonumber(lease), tonumber(retention)))
  redis.call('PEXPIRE', state, ms)
  redis.call('PEXPIRE', entries, ms)
end
`;

/**
 * Takes the lease. The token is the time in µs, so that it is also greater than those of a stream of this ID that has
 * expired.
 *
 * Arguments: lease, grace, retention (in ms), nonce. Returns the token and the position, or nothing.
 */
export const OPEN = `${PRELUDE}
local lease, grace, retention, nonce = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local found = redis.call('HMGET', state, 'token', 'position', 'nonce', 'ended', 'until')
local token, position = found[1], found[2] or '0'
if found[3] == nonce then return {token, position} end
if found[4] or (found[5] and tonumber(found[5]) > now) then return false end
if not token then redis.call('DEL', entries) end
token = text(math.max(now, tonumber(token or 0) + 1))
redis.call('HSET', state, 'token', token, 'position', position, 'nonce', nonce, 'lease', lease, 'grace', grace)
attend(grace)
renew(lease, retention)
return {token, position}
`;

/** The most entries in one item of the stream: Lua cannot pass more than about 8000 values to a command. */
const BATCH = 1000;

/**
 * Appends entries that are not stored yet, and renews the lease. Removes the oldest entries beyond a limit.
 *
 * Arguments: token, retention (in ms), whether it is the end, the limit, the channel, the position of the first entry,
 * entries. Returns 'lost'; 'gap' and the position; or 'ok', whether the stream was stopped, and whether it is attended.
 */
export const APPEND = `${PRELUDE}
local retention, isEnd, limit, channel = ARGV[2], ARGV[3] == '1', tonumber(ARGV[4]), ARGV[5]
local first, last = tonumber(ARGV[6]), tonumber(ARGV[6]) + #ARGV - 7
local found = redis.call('HMGET', state, 'token', 'position', 'ended', 'lease', 'grace', 'stopped')
local position, hasEnded = tonumber(found[2]), found[3]
if found[1] ~= ARGV[1] then return {'lost'} end
if last >= first and first > position + 1 then return {'gap', found[2]} end
if last > position and hasEnded then return {'lost'} end
for start = position + 1, last, ${BATCH} do
  local stop = math.min(start + ${BATCH - 1}, last)
  local command = {'XADD', entries}
  if stop > limit then
    for _, word in ipairs({'MINID', '~', text(stop - limit + 1)}) do table.insert(command, word) end
  end
  table.insert(command, text(stop) .. '-0')
  for index = start, stop do
    table.insert(command, 'd')
    table.insert(command, ARGV[7 + index - first])
  end
  redis.call(unpack(command))
end
if last > position then redis.call('HSET', state, 'position', text(last)) end
if isEnd then redis.call('HSET', state, 'ended', '1') end
renew(found[4], retention)
if last > position or (isEnd and not hasEnded) then redis.call('PUBLISH', channel, '') end
local isAttended = found[5] == '-1' or redis.call('EXISTS', readers) == 1
return {'ok', found[6] and 1 or 0, isAttended and 1 or 0}
`;

/** Gives up the lease. Arguments: token, channel. */
export const RELEASE = `${PRELUDE}
local found = redis.call('HMGET', state, 'token', 'ended')
if found[1] ~= ARGV[1] or found[2] then return end
redis.call('HSET', state, 'token', text(tonumber(ARGV[1]) + 1), 'until', '0')
redis.call('PUBLISH', ARGV[2], '')
`;

/** How much is read at once: entries, and approximately as many bytes. The rest follows in the next page. */
const [PAGE, PAGE_BYTES] = [1000, 1_048_576];

/**
 * Reads the entries after a position, and counts as attendance.
 *
 * Arguments: the position. Returns 'unknown'; 'gap', if entries after the position were removed; or the state, how long the
 * lease still lasts (in ms), the grace (in ms), and the entries.
 */
export const READ = `${PRELUDE}
local found = redis.call('HMGET', state, 'position', 'ended', 'until', 'grace')
if not found[1] then return {'unknown'} end
attend(found[4])
local after, position = tonumber(ARGV[1]), tonumber(found[1])
local page, size = {}, 0
while after < position and #page < ${PAGE} and size < ${PAGE_BYTES} do
  local batches = redis.call('XRANGE', entries, text(after + 1) .. '-0', '+', 'COUNT', 10)
  if #batches == 0 then return {'gap'} end
  for _, batch in ipairs(batches) do
    local last, fields = tonumber(string.match(batch[1], '^%d+')), batch[2]
    local start = last - #fields / 2 + 1
    if start > after + 1 then return {'gap'} end
    for index = 2 * (after + 1 - start) + 2, #fields, 2 do
      table.insert(page, fields[index])
      size = size + #fields[index]
    end
    after = last
  end
end
local leaseMs = math.ceil((tonumber(found[3]) - now) / 1000)
if after < position then return {'live', 0, found[4], page} end
if found[2] then return {'ended', 0, found[4], page} end
if leaseMs <= 0 then return {'abandoned', 0, found[4], page} end
return {'live', leaseMs, found[4], page}
`;

/** Asks the owner of the lease to end the stream. */
export const STOP = `${PRELUDE}
local found = redis.call('HMGET', state, 'token', 'ended')
if found[1] and not found[2] then redis.call('HSET', state, 'stopped', '1') end
`;
