"""Logins, access and refresh tokens, API keys and their scopes."""
import base64
import json
import secrets

import pytest

from mortise_fixtures import log_in
from raw_http import RawConnection
from mortise_server import ADMIN_EMAIL, ADMIN_PASSWORD


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def bearer(server, token):
    return server.client(Authorization=f"Bearer {token}")


def try_login(anonymous, **body):
    return anonymous.post("/api/v1/auth/login", body)


def test_login_gives_tokens(server):
    tokens = log_in(server)
    assert set(tokens) >= {"access_token", "token_type", "expires_in", "refresh_token"}
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 900
    header, claims, signature = tokens["access_token"].split(".")
    assert decoded(header)["alg"] == "EdDSA"
    assert len(signature) == 86  # 64 bytes
    assert decoded(claims)["exp"] - decoded(claims)["iat"] == 900


def test_answers_with_tokens_are_not_kept(anonymous):
    answer = try_login(anonymous, email=ADMIN_EMAIL, password=ADMIN_PASSWORD).expect(200)
    assert "no-store" in answer.headers["cache-control"]


def test_wrong_password_and_unknown_user_look_alike(anonymous):
    wrong = try_login(anonymous, email=ADMIN_EMAIL, password="not it at all").expect_problem(401)
    unknown = try_login(anonymous, email=f"{secrets.token_hex(8)}@example.com",
                        password="not it at all").expect_problem(401)
    for member in ("code", "title", "detail", "type"):
        assert wrong[member] == unknown[member]


def test_unknown_tenant_looks_like_a_wrong_password(anonymous):
    try_login(anonymous, email=ADMIN_EMAIL, password=ADMIN_PASSWORD,
              tenant="no-such-tenant").expect_problem(401)


def test_guessing_is_slowed_down(anonymous):
    email = f"{secrets.token_hex(8)}@example.com"
    answers = [try_login(anonymous, email=email, password="guess %d" % i) for i in range(20)]
    assert [answer.status for answer in answers[:5]] == [401] * 5
    assert answers[-1].status == 429
    assert int(answers[-1].headers["retry-after"]) > 0


def test_no_credential(anonymous):
    answer = anonymous.get("/api/v1/tenants")
    answer.expect_problem(401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


BAD_TOKENS = ["", "x", "a.b.c", "Bearer", "." * 3, "é" * 10, "mk_" + "a" * 40, "a" * 7000]


@pytest.mark.parametrize("token", BAD_TOKENS, ids=range(len(BAD_TOKENS)))
def test_nonsense_as_token(server, token):
    server.client(Authorization=f"Bearer {token}".encode()).get("/api/v1/tenants").expect_problem(401)


@pytest.mark.parametrize("token", BAD_TOKENS, ids=range(len(BAD_TOKENS)))
def test_nonsense_as_api_key(server, token):
    server.client(X_API_Key=token.encode()).get("/api/v1/tenants").expect_problem(401)


def test_forged_tokens_are_refused(server):
    header, claims, signature = log_in(server)["access_token"].split(".")
    changed = encoded(decoded(claims) | {"exp": 4102444800})
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    forged = [
        f"{header}.{changed}.{signature}",
        f"{header}.{claims}.{flipped}",
        f"{header}.{claims}.",
        f"{encoded({'alg': 'none'})}.{claims}.",
        f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{changed}.{signature}",
        f"{encoded(decoded(header) | {'alg': 'HS256'})}.{claims}.{signature}",
        f"{encoded(decoded(header) | {'kid': '../../etc/passwd'})}.{claims}.{signature}",
        f"{header}.{claims}.{signature}=",
    ]
    for token in forged:
        bearer(server, token).get("/api/v1/tenants").expect_problem(401)


def test_refresh_rotates(server, anonymous):
    first = log_in(server)
    second = anonymous.post("/api/v1/auth/refresh", {"refresh_token": first["refresh_token"]}).expect(200).json()
    assert second["refresh_token"] != first["refresh_token"]
    bearer(server, second["access_token"]).get("/api/v1/tenants").expect(200)
    third = anonymous.post("/api/v1/auth/refresh", {"refresh_token": second["refresh_token"]}).expect(200).json()
    # The first token has a used successor now: whoever shows it again is not its owner, or its owner was robbed.
    anonymous.post("/api/v1/auth/refresh", {"refresh_token": first["refresh_token"]}).expect_problem(401)
    anonymous.post("/api/v1/auth/refresh", {"refresh_token": third["refresh_token"]}).expect_problem(401)
    bearer(server, third["access_token"]).get("/api/v1/tenants").expect_problem(401)


def test_a_lost_answer_to_refresh_can_be_asked_again(server, anonymous):
    tokens = log_in(server)
    answers = [anonymous.post("/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).expect(200).json()
               for _ in range(2)]
    assert answers[0]["refresh_token"] == answers[1]["refresh_token"]


def test_logout_ends_the_session(server, anonymous):
    tokens = log_in(server)
    assert bearer(server, tokens["access_token"]).post("/api/v1/auth/logout").status in (200, 204)
    bearer(server, tokens["access_token"]).get("/api/v1/tenants").expect_problem(401)
    anonymous.post("/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).expect_problem(401)


def make_user(tenant, roles):
    email, password = f"{secrets.token_hex(6)}@example.com", "a long enough password"
    user = tenant.admin.post("/api/v1/users", {"email": email, "password": password, "roles": roles})
    assert "password" not in user.expect(201).body.decode().replace(email, "")
    return email, password


def test_users_have_the_scopes_of_their_roles(server, tenant_a):
    may = {}
    for role in ("viewer", "editor", "tenant_admin"):
        email, password = make_user(tenant_a, [role])
        client = bearer(server, log_in(server, email, password, tenant=tenant_a.slug)["access_token"])
        may[role] = (client.get("/api/v1/milestones").status,
                     client.post("/api/v1/milestones", {"key": f"R-{role}", "title": "t"}).status,
                     client.post("/api/v1/api-keys", {"name": "n", "scopes": ["milestones:read"]}).status,
                     client.get("/api/v1/tenants").status)
    assert may == {"viewer": (200, 403, 403, 403), "editor": (200, 201, 403, 403),
                   "tenant_admin": (200, 201, 201, 403)}


def test_an_email_is_unique_in_its_tenant_only(server, tenant_a, tenant_b, anonymous):
    email, password = make_user(tenant_a, ["viewer"])
    again = {"email": email.upper(), "password": password, "roles": ["viewer"]}
    tenant_a.admin.post("/api/v1/users", again).expect_problem(409)
    tenant_b.admin.post("/api/v1/users", again | {"email": email}).expect(201)
    try_login(anonymous, email=email, password=password).expect_problem(401)  # which of the two?
    log_in(server, email, password, tenant=tenant_b.slug)


def test_a_user_of_a_tenant_can_not_choose_another(server, tenant_a, tenant_b):
    email, password = make_user(tenant_a, ["tenant_admin"])
    client = bearer(server, log_in(server, email, password)["access_token"])
    client.get("/api/v1/milestones", headers={"Mortise-Tenant": tenant_b.slug}).expect_problem(403)
    client.get("/api/v1/milestones", headers={"Mortise-Tenant": "no-such-tenant"}).expect_problem(403)


def test_an_api_key_goes_in_either_header(server, tenant_a):
    for client in (server.client(X_API_Key=tenant_a.key), bearer(server, tenant_a.key)):
        client.get("/api/v1/milestones").expect(200)


def test_two_credentials_are_one_too_many(server, tenant_a, tenant_b):
    both = server.client(X_API_Key=tenant_a.key, Authorization=f"Bearer {tenant_b.key}")
    both.get("/api/v1/milestones").expect_problem(400, "two_credentials")
    basic = server.client(X_API_Key=tenant_a.key, Authorization="Basic dTpw")
    basic.get("/api/v1/milestones").expect_problem(400, "two_credentials")


def test_headers_that_may_stand_once(server, platform, tenant_a, tenant_b):
    bearer_field = ("Authorization", platform.headers["Authorization"])
    for fields in ([("X-API-Key", tenant_a.key), ("x-api-key", tenant_b.key)],
                   [("Authorization", f"Bearer {tenant_a.key}"), ("AUTHORIZATION", f"Bearer {tenant_b.key}")],
                   [bearer_field, ("Mortise-Tenant", tenant_a.slug), ("Mortise-Tenant", tenant_b.slug)],
                   [("X-API-Key", tenant_a.key), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]):
        with RawConnection(server.port) as connection:
            lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
            connection.send(f"GET /api/v1/milestones HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode())
            answer = connection.answer()
            assert answer.status == 400 and json.loads(answer.body)["code"] == "repeated_header", answer.body


def test_a_challenge_names_an_error_only_if_there_was_a_credential(anonymous, server):
    # RFC 6750, section 3.1
    assert "error" not in anonymous.get("/api/v1/tenants").headers["www-authenticate"]
    assert 'error="invalid_token"' in bearer(server, "x").get("/api/v1/tenants").headers["www-authenticate"]


def test_an_api_key_has_its_scopes_and_no_more(server, tenant_a):
    reader = server.client(X_API_Key=tenant_a.make_key(["milestones:read"]))
    reader.get("/api/v1/milestones").expect(200)
    reader.post("/api/v1/milestones", {"key": "K-1", "title": "t"}).expect_problem(403)
    reader.post("/api/v1/api-keys", {"name": "n", "scopes": ["milestones:write"]}).expect_problem(403)


@pytest.mark.parametrize("scopes", [["*"], ["tenants:write"], ["no such scope"], [], ["milestones:read"] * 65, [1]])
def test_an_api_key_is_not_made_with_such_scopes(tenant_a, scopes):
    answer = tenant_a.admin.post("/api/v1/api-keys", {"name": "n", "scopes": scopes})
    assert answer.status in (400, 403)
    answer.expect_problem(answer.status)


def test_a_revoked_api_key_is_refused_at_once(server, tenant_a):
    made = tenant_a.admin.post("/api/v1/api-keys", {"name": "n", "scopes": ["milestones:read"]}).expect(201).json()
    client = server.client(X_API_Key=made["key"])
    client.get("/api/v1/milestones").expect(200)
    assert tenant_a.admin.delete(f"/api/v1/api-keys/{made['id']}").status in (200, 204)
    client.get("/api/v1/milestones").expect_problem(401)


def test_an_api_key_is_shown_once(tenant_a):
    listed = tenant_a.admin.get("/api/v1/api-keys").expect(200)
    assert listed.json()["items"]
    assert tenant_a.key not in listed.body.decode()


def test_no_secret_stands_in_the_log(server, anonymous, tenant_a):
    tokens = log_in(server)
    anonymous.post("/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).expect(200)
    log = server.log_path.read_text()
    for secret in (ADMIN_PASSWORD, tokens["access_token"], tokens["refresh_token"], tenant_a.key):
        assert secret not in log


def test_roles_say_what_they_may(platform, tenant_a):
    of_platform = platform.get("/api/v1/roles").expect(200).json()["items"]
    assert of_platform == [{"name": "platform_admin", "scopes": ["*"]}]
    of_tenant = {role["name"]: role["scopes"] for role in tenant_a.admin.get("/api/v1/roles").expect(200).json()["items"]}
    assert set(of_tenant) == {"tenant_admin", "editor", "viewer"}
    assert of_tenant["viewer"] == ["milestones:read", "rules:read"]
    tenant_a.api.get("/api/v1/roles").expect_problem(403, "scope_required")
