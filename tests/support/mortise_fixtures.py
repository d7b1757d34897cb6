"""Fixtures that the functional and interop tests share."""
import itertools

import pytest

from mortise_server import ADMIN_EMAIL, ADMIN_PASSWORD, Server

TENANT_SCOPES = ["milestones:read", "milestones:write", "flags:read", "flags:write"]
_numbers = itertools.count(1)


class Tenant:
    """A tenant with two ways in: `admin` is the platform's administrator inside it, `api` an API key."""

    def __init__(self, server, platform, slug, scopes=tuple(TENANT_SCOPES)):
        created = platform.post("/api/v1/tenants", {"slug": slug, "name": f"Tenant {slug}", "plan": "standard"})
        self.slug = slug
        self.id = created.expect(201).json()["id"]
        self.admin = platform.with_headers(Mortise_Tenant=slug)
        self.key = self.make_key(list(scopes))
        self.api = server.client(X_API_Key=self.key)

    def make_key(self, scopes, name="tests"):
        made = self.admin.post("/api/v1/api-keys", {"name": name, "scopes": scopes})
        return made.expect(201).json()["key"]


def log_in(server, email=ADMIN_EMAIL, password=ADMIN_PASSWORD, **more):
    answer = server.client().post("/api/v1/auth/login", {"email": email, "password": password} | more)
    return answer.expect(200).json()


@pytest.fixture(scope="session")
def server():
    running = Server().start()
    yield running
    running.close()


@pytest.fixture(scope="session")
def anonymous(server):
    return server.client()


@pytest.fixture(scope="session")
def platform(server):
    """The platform's first administrator, outside of any tenant."""
    return server.client(Authorization=f"Bearer {log_in(server)['access_token']}")


@pytest.fixture
def make_tenant(server, platform):
    return lambda: Tenant(server, platform, f"test-{next(_numbers)}")


@pytest.fixture
def tenant_a(make_tenant):
    return make_tenant()


@pytest.fixture
def tenant_b(make_tenant):
    return make_tenant()
