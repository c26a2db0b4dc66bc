-- The requests of one kind for wrk, image by image: wrk -s requests.lua URL -- KIND TOKEN IMAGES APART START STRIDE
--
-- The kind `new` puts a tag on one image after the other and removes it APART images later, long after the response to
-- its PUT. START is the position at which the previous run stopped, STRIDE the distance between the images. The kind
-- `close` is `set` with a connection for each request; `common` is a list by a tag that all images have.

local requests = {}
local removals = {}
local kind, images, apart, stride

local function path(number)
  return string.format("/v2/images/00000000-0000-4000-8000-%012d", number * stride)
end

local function prepare(number)
  local image = path(number)
  if kind == "set" or kind == "close" then
    requests[number] = wrk.format("PUT", image .. "/tags/set")
  elseif kind == "new" then
    requests[number] = wrk.format("PUT", image .. "/tags/new")
    removals[number] = wrk.format("DELETE", image .. "/tags/new")
  elseif kind == "get" then
    requests[number] = wrk.format("GET", image)
  else
    local tag = kind == "list" and "listed" or "set"
    requests[number] = wrk.format("GET", "/v2/images?limit=20&tag=" .. tag)
  end
end

function setup(thread)
  the_thread = thread
end

function init(arguments)
  kind, images, apart = arguments[1], tonumber(arguments[3]), tonumber(arguments[4])
  sent, stride = tonumber(arguments[5]), tonumber(arguments[6])
  wrk.headers["X-Auth-Token"] = arguments[2]
  if kind == "close" then
    wrk.headers["Connection"] = "close"
  end
  for number = 0, images - 1 do
    prepare(number)
  end
end

function request()
  local step = sent
  sent = sent + 1
  if kind ~= "new" then
    return requests[step % images]
  end
  local number = math.floor(step / 2)
  if step % 2 == 1 and number >= apart then
    return removals[(number - apart) % images]
  end
  return requests[number % images]
end

function done(summary, latency)
  local line = '{"requests":%d,"microseconds":%d,"failed":%d,"broken":%d,"p50":%d,"p99":%d,"sent":%d}\n'
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(line, summary.requests, summary.duration, errors.status, broken,
    latency:percentile(50), latency:percentile(99), the_thread:get("sent")))
end
