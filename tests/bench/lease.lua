-- wrk's script for POST of a lease: each request checks out a seat for a holder of its own.
-- Arguments: API key, prefix of the holders.
local prefix, headers, number = "", {}, 0

function init(arguments)
    headers = {["X-API-Key"] = arguments[1], ["Content-Type"] = "application/json"}
    prefix = arguments[2]
end

function request()
    number = number + 1
    local body = string.format('{"limit":"editors","holder":"%s-%d"}', prefix, number)
    return wrk.format("POST", "/api/v1/licenses/leases", headers, body)
end
