"""Pages of other origins (fetch.spec.whatwg.org, 3.2): which of our answers a browser hands to them, by http.cors_origins."""
import pytest

from event_stream import EventStream
from mortise_fixtures import Tenant, log_in
from mortise_server import Server

SHOP = "https://shop.example"
OFREP = "/ofrep/v1/evaluate/flags"
FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on", "mortise": {"client": True}}
# What the clients set themselves, as a browser names it: npm's @openfeature/ofrep-web-provider 0.4.3, and
# unleash-proxy-client 3.8.2 and 3.7.2.
SENT = {
    "ofrep": "authorization,content-type,if-none-match,mortise-environment",
    "unleash": "authorization,content-type,if-none-match,unleash-appname,unleash-connection-id,unleash-sdk",
    "unleash before": "authorization,content-type,if-none-match,x-unleash-appname,x-unleash-connection-id,x-unleash-sdk",
}
ROUTES = {OFREP: "POST", f"{OFREP}/f": "POST", "/ofrep/v1/events": "GET", "/api/frontend": "GET",
          "/api/frontend/client/metrics": "POST", "/api/frontend/client/register": "POST"}


@pytest.fixture(scope="module")
def shop():
    """A server that lets pages of SHOP in."""
    running = Server(MORTISE_HTTP_CORS_ORIGINS=SHOP).start()
    yield running
    running.close()


@pytest.fixture(scope="module")
def page(shop):
    """What a page of SHOP sends."""
    tenant = Tenant(shop, shop.client(Authorization=f"Bearer {log_in(shop)['access_token']}"), "shop")
    tenant.admin.put("/api/v1/flags/f", FLAG).expect(201)
    key = tenant.make_key(["flags:evaluate_client"])
    return shop.client(Authorization=f"Bearer {key}", Origin=SHOP)


def preflight(client, path, method, origin=SHOP, headers="authorization"):
    return client.request("OPTIONS", path, headers={
        "Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers})


def listed(answer, name):
    return {one.strip().lower() for one in answer.headers[name].split(",")}


def cross_origin_headers(answer):
    return {name for name in answer.headers if name.startswith("access-control-")}


@pytest.mark.parametrize("client", SENT)
@pytest.mark.parametrize("path", ROUTES)
def test_a_browser_may_ask_beforehand_without_a_credential(shop, path, client):
    answer = preflight(shop.client(), path, ROUTES[path], headers=SENT[client])
    assert 200 <= answer.status < 300
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert ROUTES[path].lower() in listed(answer, "access-control-allow-methods")
    assert set(SENT[client].split(",")) <= listed(answer, "access-control-allow-headers")
    assert "origin" in listed(answer, "vary")


def may_read(answer):
    """Whether the browser hands the answer to a page of SHOP, with its tag."""
    assert "access-control-allow-credentials" not in answer.headers
    return answer.headers.get("access-control-allow-origin") == SHOP and \
        {"etag", "retry-after"} <= listed(answer, "access-control-expose-headers") and "origin" in listed(answer, "vary")


def test_the_page_reads_answers_unchanged_ones_and_refusals(shop, page):
    body = {"context": {"targetingKey": "ada"}}
    first = page.post(OFREP, body).expect(200)
    assert may_read(first) and first.json()["flags"][0]["value"] is True
    assert may_read(page.post(OFREP, body, headers={"If-None-Match": first.etag}).expect(304))
    assert may_read(page.post(f"{OFREP}/f", body).expect(200))
    assert may_read(page.post(f"{OFREP}/nothing", body).expect(404))
    assert may_read(page.post(OFREP, data=b"{", headers={"Content-Type": "application/json"}).expect(400))
    assert may_read(page.post(OFREP, body, headers={"Mortise-Environment": "draft"}).expect(403))
    assert may_read(shop.client(Origin=SHOP).post(OFREP, body).expect(401))
    assert may_read(page.get("/api/frontend?userId=ada").expect(200))


def test_the_page_listens_to_changes(shop, page):
    answer = page.post(OFREP, {"context": {"targetingKey": "ada"}}).expect(200).json()
    path = answer["eventStreams"][0]["endpoint"]["requestUri"]
    stream = EventStream(shop.port, path, headers={"Origin": SHOP})
    assert stream.status == 200
    assert stream.response.getheader("access-control-allow-origin") == SHOP
    stream.close()


@pytest.mark.parametrize("origin", ["https://other.example", "http://shop.example", SHOP + ":8443", SHOP + ".evil", "null"])
def test_pages_of_other_origins_read_nothing(shop, page, origin):
    assert not cross_origin_headers(preflight(shop.client(), OFREP, "POST", origin))
    assert not cross_origin_headers(page.post(OFREP, {"context": {}}, headers={"Origin": origin}).expect(200))


@pytest.mark.parametrize("path", ["/api/v1/flags", "/api/v1/flags/evaluate", "/api/client/features", "/api/v1/auth/login"])
def test_other_routes_are_for_our_own_pages(shop, page, path):
    for method in ("GET", "POST"):
        assert not cross_origin_headers(preflight(shop.client(), path, method))
        assert not cross_origin_headers(page.request(method, path))


def test_nobody_is_let_in_who_is_not_named(server, anonymous):
    for path, method in ROUTES.items():
        assert not cross_origin_headers(preflight(anonymous, path, method))
        assert not cross_origin_headers(server.client(Origin=SHOP).request(method, path))


def test_a_star_lets_everybody_in():
    running = Server(MORTISE_HTTP_CORS_ORIGINS="*").start()
    try:
        for origin in (SHOP, "http://localhost:3000"):
            answer = preflight(running.client(), OFREP, "POST", origin)
            assert answer.headers["access-control-allow-origin"] in (origin, "*")
            assert "access-control-allow-credentials" not in answer.headers
    finally:
        running.close()
