-- wrk's script for POST: each request makes a milestone with a key of its own.
-- Arguments: API key, prefix of the milestones' keys.
local prefix, headers, number = "", {}, 0

function init(arguments)
    headers = {["X-API-Key"] = arguments[1], ["Content-Type"] = "application/json"}
    prefix = arguments[2]
end

function request()
    number = number + 1
    local body = string.format('{"key":"%s-%d","title":"A milestone"}', prefix, number)
    return wrk.format("POST", "/api/v1/milestones", headers, body)
end
