-- The requests of one kind for wrk, image by image: wrk -s requests.lua URL -- KIND TOKEN IMAGES APART START FAMILY
--
-- The kind `new` puts a tag on one image after the other and removes it APART images later, long after the response to
-- its PUT. START is the position at which the previous run stopped. FAMILY is the first group of digits of the ids.

local requests = {}
local removals = {}
local kind, images, apart, family

local function path(number)
  return string.format("/v2/images/%s-0000-4000-8000-%012d", family, number)
end

local function prepare(number)
  local image = path(number)
  if kind == "set" then
    requests[number] = wrk.format("PUT", image .. "/tags/set")
  elseif kind == "new" then
    requests[number] = wrk.format("PUT", image .. "/tags/new")
    removals[number] = wrk.format("DELETE", image .. "/tags/new")
  elseif kind == "get" then
    requests[number] = wrk.format("GET", image)
  else
    requests[number] = wrk.format("GET", "/v2/images?tag=listed&limit=20")
  end
end

function setup(thread)
  the_thread = thread
end

function init(arguments)
  kind, images, apart = arguments[1], tonumber(arguments[3]), tonumber(arguments[4])
  sent, family = tonumber(arguments[5]), arguments[6]
  wrk.headers["X-Auth-Token"] = arguments[2]
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
