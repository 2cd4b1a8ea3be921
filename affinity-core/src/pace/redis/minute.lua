-- The schedule of the minute for all processes of one name, by the same reasoning as the one that each process has for
-- itself (minute.rs). Times are microseconds of this server's clock, so those of the processes do not matter.
--
-- KEYS[1]  what is known of the minute
-- KEYS[2]  the calls without an answer, by when they went out
-- KEYS[3], KEYS[4]  the bulk and the interactive calls that are to ask again, by when they asked first
-- KEYS[5]  the same calls by when they asked last
-- ARGV     the id of a call, or '' only to report; 1 if it is interactive; the time its caller has; the time to go by,
--          or '' for that of the clock; then reports, of FIELDS values each
-- Returns  what becomes of the call: GRANTED, AGAIN (ask again then), LATE, or CLOSED (no call at all goes before then);
--          how long to wait; and of a granted call its window and index in it, and when it goes

local MINUTE, SECOND, LONGEST = 60e6, 1e6, 3600e6
-- Places are given out so long before, since more may be known by then.
local AHEAD = 1e6
local JITTER, FIRST_STEP, SLACK, MARGIN = 5e6, 250e3, 32, 100
local UNLIMITED = 1e12
-- A call without an answer for so long was counted, or its process is gone.
local GONE = 120e6
-- One that went out so long before a window began was counted in the one before.
local CARRIED = 10e6
-- One that asks again does so after so long at the most; one that has not asked for longer than STAYS is not there.
local ASKS, STAYS = 1e6, 3e6
local EXPIRES = 7200
local GRANTED, AGAIN, LATE, CLOSED, TOLD = 0, 1, 2, 3, 4
local FIELDS = 9
local NO_FIGURES, FIGURES = 1, 2
local NAMES = { 'known', 'limit', 'length', 'zero', 'number', 'sent', 'most', 'likely', 'begun', 'earliest', 'latest',
  'after', 'heard', 'asks', 'paid', 'seen', 'carried', 'held' }

local time = redis.call('TIME')
local now = tonumber(ARGV[4]) or time[1] * 1e6 + time[2]
local m = {}
for i, value in ipairs(redis.call('HMGET', KEYS[1], unpack(NAMES))) do
  m[NAMES[i]] = value and tonumber(value) or nil
end

local function open(after)
  m.number = (m.number or 0) + 1
  m.carried = now - CARRIED
  m.sent = redis.call('ZCOUNT', KEYS[2], string.format('%.0f', m.carried), '+inf')
  m.most = m.limit and math.max(m.limit, 1) or UNLIMITED
  m.likely = m.most
  m.begun = m.sent > 0 and now or nil
  m.earliest, m.latest, m.heard, m.asks, m.paid = nil, nil, nil, nil, nil
  m.after = after
end

local function is_alone()
  return m.limit and m.most >= m.limit
end

local function left(interactive)
  if is_alone() or m.asks then
    return math.max(m.most - m.sent, 0)
  end
  local margin = interactive and 0 or math.floor((m.limit or 0) / MARGIN)
  return math.max(math.min(m.most, m.likely) - m.sent - margin, 0)
end

local function ends()
  return m.latest or (m.begun or now) + (m.length or MINUTE)
end

local function closes()
  return math.min(ends(), (m.heard or m.begun or now) + MINUTE)
end

local function aim()
  return ends() - math.min(m.length or MINUTE, MINUTE) / SLACK
end

local function paid()
  return math.max(math.min(m.paid or now, aim()), now)
end

-- How long each call that is left has, after those that are granted already.
local function step(interactive)
  return math.min(math.max(aim() - paid(), 0), MINUTE) / math.max(left(interactive), 1)
end

local function burst(interactive)
  local limit = m.limit or 0
  local most = interactive and math.max(math.floor(limit / 10), 10) or math.max(math.floor(limit / 100), 4)
  if is_alone() then
    return most
  end
  return interactive and math.min(most, math.floor(left(true) / 8)) or 1
end

local function settle()
  if not m.number or (m.seen and now < m.seen - JITTER) then
    open(nil)
    m.held = nil
  end
  m.seen = now
  if m.known == FIGURES and (m.latest or m.begun) then
    if now >= ends() then
      open(ends())
    elseif left(true) == 0 and now >= closes() then
      m.most, m.likely, m.asks, m.heard, m.paid = m.sent + 1, m.sent + 1, 1, now, nil
    end
  end
end

-- Takes a call out of the window, if it was counted in it.
local function uncount(counted)
  if counted then
    m.sent = math.max(m.sent - 1, 0)
  end
end

-- The figure was true at some moment between when the call went out and when its answer came.
local function told(report, reset, rounds_down)
  if rounds_down then
    return report.went + reset, report.came + math.min(reset + SECOND, LONGEST)
  end
  return report.went + math.max(reset - SECOND, 0), report.came + reset
end

-- Finds out which window an answer is of; false if it is of one that is over.
local function place(report)
  local of_this = report.number == m.number
  if not report.reset then
    return of_this
  end
  local reset = math.min(report.reset, LONGEST)
  local is_zero = reset == 0 and report.remaining
  if is_zero and (not m.earliest or m.earliest <= now + SECOND) then
    m.zero = now
  end
  local earliest, latest = told(report, reset, is_zero or (m.zero and now - m.zero < LONGEST))
  if not m.latest then
    if not of_this and m.after and earliest <= m.after then
      return false
    end
    if of_this and m.after then
      m.length = reset
    end
    -- Until now, they were spread over a guess.
    m.paid = nil
  elseif latest < m.earliest then
    if not of_this then
      return false
    end
  elseif earliest > m.latest then
    if report.came < m.earliest and m.zero then
      m.zero = nil
      earliest, latest = told(report, reset, false)
    end
    open(m.latest)
    m.sent = m.sent + 1
    report.counted = true
  else
    earliest, latest = math.max(earliest, m.earliest), math.min(latest, m.latest)
  end
  m.earliest, m.latest = earliest, latest
  return true
end

local function count(report, remaining, raised)
  local limit = m.limit or UNLIMITED
  local most, likely = limit, limit
  if remaining then
    remaining = math.min(remaining, limit)
    most = math.min(remaining + m.sent, limit)
    local index = report.number == m.number and math.min(report.index, m.sent) or m.sent
    likely = math.min(remaining + index, most)
  end
  if raised or m.asks then
    m.most, m.likely = most, likely
  else
    m.most, m.likely = math.min(m.most, most), math.min(m.likely, likely)
  end
  if m.asks then
    m.asks, m.paid = nil, nil
  end
end

local function learn(report)
  local stated = report.refused and report.retry_after
  local for_minute = report.refused and (report.reset or stated) and (report.remaining or 0) == 0
  if stated and not for_minute then
    -- Calls are left, and none is wanted for so long.
    m.held = math.max(m.held or 0, now + math.min(math.max(stated, SECOND), MINUTE))
  end
  local remaining = report.remaining
  if for_minute then
    remaining = 0
  end
  if not (remaining or report.limit or report.reset) then
    m.known = m.known or NO_FIGURES
    if report.refused then
      uncount(report.counted)
    end
    return
  end
  if m.known ~= FIGURES then
    m.known, m.paid = FIGURES, nil
  end
  local of_this = place(report)
  if report.refused or not of_this then
    uncount(report.counted)
  end
  if not of_this then
    return
  end
  if for_minute and stated and (report.reset or 0) < math.max(stated, SECOND) then
    m.latest = report.came + math.min(math.max(stated, SECOND), LONGEST)
    m.earliest = m.latest
  end
  local raised = report.limit and m.limit and report.limit > m.limit
  m.limit = report.limit or m.limit
  m.heard = now
  count(report, remaining, raised)
end

local function leave(id)
  for key = 3, 5 do
    redis.call('ZREM', KEYS[key], id)
  end
end

-- Those who asked first go first: it keeps its place in the line of its kind.
local function again(what, line, id, wait)
  redis.call('ZADD', line, 'NX', string.format('%.0f', now), id)
  redis.call('ZADD', KEYS[5], string.format('%.0f', now), id)
  return { what, what == AGAIN and math.min(wait, ASKS) or wait }
end

local function before(line, id)
  return redis.call('ZRANK', line, id) or redis.call('ZCARD', line)
end

local function take(id, interactive, time)
  local wait, line = (m.held or 0) - now, interactive and KEYS[4] or KEYS[3]
  if wait >= time then
    return { LATE, wait }
  elseif wait > 0 then
    return again(AGAIN, line, id, wait)
  end
  wait = 0
  if m.known == FIGURES then
    if left(interactive) == 0 then
      wait = closes() - now
      if m.asks then
        return again(AGAIN, line, id, wait)
      elseif left(true) == 0 then
        return again(CLOSED, line, id, wait)
      elseif wait > 0 then
        -- The last ones are left to what others have under way, and to interactive calls.
        if wait >= time then
          return { LATE, wait }
        end
        return again(AGAIN, line, id, wait)
      end
    end
    wait = math.max(paid() - now - burst(interactive) * step(interactive), 0)
    if wait >= time and not interactive then
      -- Too late by an even spread, but a bulk call may run ahead of that once in a while.
      interactive = true
      wait = math.max(paid() - now - burst(true) * step(true), 0)
    end
    if wait >= time then
      return { LATE, wait }
    end
    local turn = wait + before(line, id) * step(interactive)
    if turn > AHEAD then
      return again(AGAIN, line, id, turn - AHEAD)
    end
    m.paid = math.min(paid() + step(interactive), now + MINUTE)
  elseif not m.known then
    -- What the first answer tells is waited for, but not for long.
    if m.paid and m.paid > now then
      return again(AGAIN, line, id, m.paid - now)
    end
    m.paid = now + FIRST_STEP
  end
  m.begun = m.begun or now
  m.sent = m.sent + 1
  local goes = math.floor(now + wait)
  redis.call('ZADD', KEYS[2], string.format('%.0f', goes), id)
  return { GRANTED, wait, m.number, m.sent, goes }
end

redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now - GONE))
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', string.format('%.0f', now - STAYS))) do
  leave(id)
end
settle()
for at = 5, #ARGV, FIELDS do
  local function number(field)
    return tonumber(ARGV[at + field])
  end
  -- Whoever is not there any more was reported before, or given up.
  local goes = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[at + 1]) or nil)
  if ARGV[at] == 'unsent' then
    leave(ARGV[at + 1])
  end
  if goes then
    redis.call('ZREM', KEYS[2], ARGV[at + 1])
    local kind, counted = ARGV[at], goes >= (m.carried or 0)
    if kind == 'unsent' then
      uncount(counted)
      m.paid = m.asks and 0 or m.paid and m.paid - step(false)
    elseif kind ~= 'lost' then
      learn({ number = number(2), index = number(3), went = number(4), came = now - number(5), limit = number(6),
        remaining = number(7), reset = number(8), refused = kind ~= 'answer', counted = counted,
        retry_after = kind ~= 'answer' and tonumber(kind) or nil })
    end
  end
end
settle()
local answer = { TOLD, 0 }
if ARGV[1] ~= '' then
  answer = take(ARGV[1], ARGV[2] == '1', tonumber(ARGV[3]))
  if answer[1] == GRANTED or answer[1] == LATE then
    leave(ARGV[1])
  end
end

local state = {}
for _, name in ipairs(NAMES) do
  if m[name] then
    state[#state + 1] = name
    state[#state + 1] = string.format('%.0f', m[name])
  end
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(state))
for _, key in ipairs(KEYS) do
  redis.call('EXPIRE', key, EXPIRES)
end
for i, value in ipairs(answer) do
  answer[i] = math.floor(value)
end
return answer
