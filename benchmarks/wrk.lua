-- Send the requests of a file, each line METHOD, PATH and BODY with tabs between them, and print what came of them as JSON.
--
-- Arguments  the file, and 'once' to stop at its end or 'again' to begin again there

-- wrk itself takes the whole duration for the time that was needed, also where the requests were at their end before.
local ffi = require('ffi')
ffi.cdef('typedef struct { long seconds, microseconds; } moment; int gettimeofday(moment *, void *);')

local requests, position, repeats = {}, 0, false
local threads = {}
-- Of each thread, and read by `done`.
statuses, began, ended = {}, nil, nil

local function now()
  local moment = ffi.new('moment')
  ffi.C.gettimeofday(moment, nil)
  return tonumber(moment.seconds) + tonumber(moment.microseconds) / 1e6
end

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  repeats = args[2] == 'again'
  for line in io.lines(args[1]) do
    local method, path, body = line:match('^([^\t]*)\t([^\t]*)\t(.*)$')
    table.insert(requests, wrk.format(method, path, nil, body ~= '' and body or nil))
  end
end

function request()
  began = began or now()
  if position == #requests then
    if repeats then
      position = 0
    else
      ended = ended or now()
      wrk.thread:stop()
      return requests[position]
    end
  end
  position = position + 1
  return requests[position]
end

function response(status)
  statuses[status] = (statuses[status] or 0) + 1
end

function done(summary, latency)
  local counted, seconds = {}, 0
  for _, thread in ipairs(threads) do
    local its_end = thread:get('ended')
    seconds = math.max(seconds, its_end and its_end - thread:get('began') or summary.duration / 1e6)
    for status, count in pairs(thread:get('statuses')) do
      table.insert(counted, string.format('"%d": %d', status, count))
    end
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "statuses": {%s}, "lost": %d}\n',
    summary.requests, seconds, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
    table.concat(counted, ', '), errors.connect + errors.read + errors.write + errors.timeout))
end
