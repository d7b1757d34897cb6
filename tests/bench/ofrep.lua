-- wrk's script for OFREP. Arguments: path, API key, body, and a tag for If-None-Match or nothing.
local path, headers, body

function init(arguments)
    path, body = arguments[1], arguments[3]
    headers = {["X-API-Key"] = arguments[2], ["Content-Type"] = "application/json"}
    headers["If-None-Match"] = arguments[4]
end

function request()
    return wrk.format("POST", path, headers, body)
end
