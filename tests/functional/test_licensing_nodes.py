"""Two servers on one database: what is installed on one holds on the other, and so do limits."""
import pytest

from license_tool import ALL_PLUGINS, DevelopmentVendor
from mortise_fixtures import log_in
from mortise_server import Server
from test_licensing import LICENSES, at_once, current, install, until


@pytest.fixture(scope="module")
def vendor(tmp_path_factory):
    return DevelopmentVendor(tmp_path_factory.mktemp("vendor"))


@pytest.fixture
def nodes():
    first = Server().start()
    second = Server()
    second.database.drop()
    second.database = None  # the first one's, which removes it
    second.environment |= {"MORTISE_STORAGE_URL": first.database.url}
    second.start()
    yield first, second
    if second.process is not None:
        second.stop()
    first.close()


def administrator(server):
    return server.client(Authorization=f"Bearer {log_in(server)['access_token']}")


def test_installed_on_one_it_holds_on_all(nodes, vendor):
    first, second = map(administrator, nodes)
    licence, file = vendor.issue(*ALL_PLUGINS)
    install(first, file).expect(201)
    until(lambda: current(second)["id"] == licence)
    vendor.ask("suspend", licence)
    update = vendor.new_file("update")
    vendor.ask("crl", "publish", "--out", update)
    install(second, update).expect(201)
    until(lambda: current(first)["state"] == "limited")


def test_seats_hold_over_all_nodes(nodes, vendor):
    clients = [administrator(node) for node in nodes]
    licence, file = vendor.issue(*ALL_PLUGINS, "--limit", "editors=5,kind=seats,lease=15m")
    install(clients[0], file).expect(201)
    until(lambda: current(clients[1])["id"] == licence)

    def check_out(n):
        client = nodes[n % 2].client(**clients[n % 2].headers)
        return client.post(f"{LICENSES}/leases", {"limit": "editors", "holder": f"p{n}"}).status
    assert sorted(at_once(30, check_out)) == [201] * 5 + [403] * 25


def test_no_more_nodes_than_licensed(nodes, vendor):
    first, second = nodes
    admin = administrator(first)
    _, file = vendor.issue(*ALL_PLUGINS, "--limit", "nodes=1")
    said = install(admin, file).expect(201).json()
    assert said["usage"]["nodes"]["used"] == 2, "both run: neither is stopped"
    assert second.stop() == 0
    with pytest.raises(RuntimeError, match="The licence allows 1 nodes"):
        second.start()
    second.process = None
    _, file = vendor.issue(*ALL_PLUGINS, "--limit", "nodes=2")
    install(admin, file).expect(201)
    second.start()
    until(lambda: current(admin)["usage"]["nodes"]["used"] == 2)
