-- wrk's script for decisions: each request asks for another row of the table.
-- Arguments: path, API key, and the bodies, one a line.
local path, headers, bodies, at = "", {}, {}, 0

function init(arguments)
    path = arguments[1]
    headers = {["X-API-Key"] = arguments[2], ["Content-Type"] = "application/json"}
    for body in arguments[3]:gmatch("[^\n]+") do bodies[#bodies + 1] = body end
end

function request()
    at = at % #bodies + 1
    return wrk.format("POST", path, headers, bodies[at])
end
