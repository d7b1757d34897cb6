# Sourced by ci/run --demo: fills the tenant "demo" and prints commands to try. Can be run again: what is there
# already stays as it is. Uses $base, $token and $data of ci/run.
# shellcheck shell=bash

demo_csv=$root/plugins/milestones/examples/kubernetes-1.30.csv
demo_key_file=$data/demo-api-key

# demo_call STATUSES METHOD PATH [curl arguments…]: prints the answer's body; ends with a message unless the
# status is one of STATUSES (separated by |).
demo_call() {
    local statuses=$1 method=$2 path=$3 answer status
    shift 3
    answer=$(curl -sS -X "$method" -w '\n%{http_code}' "$base$path" "$@")
    status=${answer##*$'\n'}
    [[ "|$statuses|" == *"|$status|"* ]] || die "demo: $method $path answered ${answer//$'\n'/ }"
    printf '%s' "${answer%$'\n'*}"
}

demo_tenant() {
    demo_call '201|409' POST /api/v1/tenants -H "Authorization: Bearer $token" \
        -H 'Content-Type: application/json' \
        -d '{"slug":"demo","name":"Demo","plan":"standard"}' >/dev/null
}

# The key is shown once, when it is made; so it is kept for the next start.
demo_api_key() {
    if [[ -r $demo_key_file ]]; then
        key=$(<"$demo_key_file")
        if curl -fsS -o /dev/null "$base/api/v1/milestones?limit=1" -H "X-API-Key: $key" 2>/dev/null; then return; fi
    fi
    key=$(demo_call 201 POST /api/v1/api-keys -H "Authorization: Bearer $token" -H 'Mortise-Tenant: demo' \
        -H 'Content-Type: application/json' \
        -d '{"name":"demo","scopes":["milestones:read","milestones:write"]}' | member key)
    printf '%s\n' "$key" >"$demo_key_file"
}

demo_import() {
    local found
    found=$(curl -s -o /dev/null -w '%{http_code}' "$base/api/v1/milestones/K30-01" -H "X-API-Key: $key")
    if [[ $found == 200 ]]; then return; fi
    demo_call '200|201' POST /api/v1/milestones/import -H "X-API-Key: $key" -H 'Content-Type: text/csv' \
        --data-binary "@$demo_csv" >/dev/null
}

demo_etag() {
    curl -sS -o /dev/null -D - "$base/api/v1/milestones/$1" -H "X-API-Key: $key" |
        sed -n 's/^[Ee][Tt][Aa][Gg]: *\(.*\)\r$/\1/p'
}

print_demo() {
    local api=$base/api/v1/milestones json='Content-Type: application/json'
    cat <<END

The tenant "demo" holds the timeline of the Kubernetes 1.30 release. Try:

# the next five milestones that are planned
curl -s -w '\n' '$api?status=planned&sort=due&limit=5' -H 'X-API-Key: $key'

# one of them, with its ETag
curl -s -i -w '\n' '$api/K30-08' -H 'X-API-Key: $key'

# change it, if nobody else has since
curl -s -w '\n' -X PATCH '$api/K30-08' -H 'X-API-Key: $key' -H 'If-Match: $(demo_etag K30-08)' -H '$json' -d '{"status":"at_risk","progress":40}'

# complete the first one
curl -s -w '\n' -X POST '$api/K30-01/complete' -H 'X-API-Key: $key'

# everything, as CSV
curl -s '$api/export' -H 'X-API-Key: $key'
END
}

run_demo() {
    [[ -n $token ]] || die "demo: can't log in as $MORTISE_ADMIN_EMAIL. Set MORTISE_ADMIN_PASSWORD, or use another --data folder."
    demo_tenant
    demo_api_key
    demo_import
    print_demo
}
