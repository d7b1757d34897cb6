"""The milestones plugin over the REST API, with the real timeline of the Kubernetes 1.30 release."""
import csv
import io
import secrets

import pytest

from mortise_server import ROOT

API = "/api/v1/milestones"
KUBERNETES = ROOT / "plugins/milestones/examples/kubernetes-1.30.csv"


@pytest.fixture
def api(tenant_a):
    return tenant_a.api


def make(api, key, **more):
    return api.post(API, {"key": key, "title": f"Title of {key}"} | more).expect(201)


def show(api, key):
    return api.get(f"{API}/{key}").expect(200).json()


def depend(api, key, on):
    return api.put(f"{API}/{key}/dependencies/{on}")


def complete(api, key):
    return api.post(f"{API}/{key}/complete")


def import_csv(api, text, query=""):
    return api.post(f"{API}/import{query}", data=text.encode() if isinstance(text, str) else text,
                    headers={"Content-Type": "text/csv"})


def pages(api, query):
    """All pages of a list, following its cursor."""
    found, path = [], f"{API}?{query}"
    while path:
        page = api.get(path).expect(200).json()
        found.append(page["items"])
        path = f"{API}?{query}&cursor={page['next_cursor']}" if page.get("next_cursor") else None
    return found


def keys(items):
    return [item["key"] for item in items]


def listed(api, query):
    return keys(sum(pages(api, query), []))


# ---- create and show ----

def test_create_and_show(api):
    created = make(api, "M-1", owner="Ada", due="2024-02-29", description="First\nof all")
    milestone = created.json()
    assert (milestone["key"], milestone["title"], milestone["owner"], milestone["due"]) == (
        "M-1", "Title of M-1", "Ada", "2024-02-29")
    assert (milestone["status"], milestone["progress"]) == ("planned", 0)
    assert created.headers["location"] == f"{API}/M-1"
    shown = api.get(f"{API}/M-1").expect(200)
    assert shown.json() == milestone
    assert shown.etag == created.etag and shown.etag.startswith('"')


def test_a_key_is_unique_in_the_tenant(api, tenant_b):
    make(api, "M-1")
    api.post(API, {"key": "M-1", "title": "again"}).expect_problem(409)
    make(tenant_b.api, "M-1")


def test_text_of_any_language_comes_back_as_it_was(api):
    title = "Mëngjes 🌅 সকাল \\ \" ' ; -- %s {} \u202e"
    assert make(api, "U-1", title=title).json()["title"] == title
    assert show(api, "U-1")["title"] == title


WRONG_MEMBERS = [
    ({"title": "no key"}, "/key"), ({"key": "A"}, "/title"), ({"key": "", "title": "t"}, "/key"),
    ({"key": "a b", "title": "t"}, "/key"), ({"key": "a/b", "title": "t"}, "/key"),
    ({"key": "A" * 300, "title": "t"}, "/key"), ({"key": 1, "title": "t"}, "/key"),
    ({"key": "A", "title": ""}, "/title"), ({"key": "A", "title": "t" * 10000}, "/title"),
    ({"key": "A", "title": None}, "/title"), ({"key": "A", "title": "t", "due": "2023-02-29"}, "/due"),
    ({"key": "A", "title": "t", "due": "tomorrow"}, "/due"), ({"key": "A", "title": "t", "due": 20240101}, "/due"),
    ({"key": "A", "title": "t", "status": "done"}, "/status"),
    ({"key": "A", "title": "t", "progress": 101}, "/progress"),
    ({"key": "A", "title": "t", "progress": -1}, "/progress"),
    ({"key": "A", "title": "t", "progress": 1.5}, "/progress"),
    ({"key": "A", "title": "t", "progress": "50"}, "/progress"),
    ({"key": "A", "title": "t", "nonsense": 1}, "/nonsense"),
]


@pytest.mark.parametrize("body,pointer", WRONG_MEMBERS, ids=range(len(WRONG_MEMBERS)))
def test_wrong_members_are_named(api, body, pointer):
    problem = api.post(API, body).expect_problem(400)
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert all(error["code"] and error["detail"] for error in problem["errors"])


def test_several_wrong_members_are_named_at_once(api):
    problem = api.post(API, {"key": "", "title": "t", "due": "x", "progress": 1000}).expect_problem(400)
    assert {error["pointer"] for error in problem["errors"]} >= {"/key", "/due", "/progress"}


@pytest.mark.parametrize("key", ["NOPE", "a%20b", "x" * 300, "%2e%2e", "'--", "1%27%20OR%20%271%27=%271"])
def test_a_key_that_is_not_there(api, key):
    for answer in (api.get(f"{API}/{key}"), api.post(f"{API}/{key}/complete"),
                   api.patch(f"{API}/{key}", {"title": "x"}, headers={"If-Match": '"1"'}),
                   api.delete(f"{API}/{key}", headers={"If-Match": '"1"'})):
        answer.expect_problem(404)


def test_repeating_a_creation_with_its_key(api):
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    body = {"key": "I-1", "title": "once"}
    first = api.post(API, body, headers=headers).expect(201)
    second = api.post(API, body, headers=headers).expect(201)
    assert first.json() == second.json() and first.etag == second.etag
    other = api.post(API, body | {"title": "other"}, headers=headers)
    assert other.status in (409, 422)
    other.expect_problem(other.status)
    assert listed(api, "limit=10") == ["I-1"]


def test_an_idempotency_key_belongs_to_its_tenant(api, tenant_b):
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    api.post(API, {"key": "I-1", "title": "a"}, headers=headers).expect(201)
    assert tenant_b.api.post(API, {"key": "I-2", "title": "b"}, headers=headers).expect(201).json()["key"] == "I-2"


# ---- change ----

def test_change_with_if_match(api):
    etag = make(api, "M-1", owner="Ada").etag
    changed = api.patch(f"{API}/M-1", {"title": "New", "progress": 30}, headers={"If-Match": etag}).expect(200)
    assert (changed.json()["title"], changed.json()["progress"], changed.json()["owner"]) == ("New", 30, "Ada")
    assert changed.etag != etag
    api.patch(f"{API}/M-1", {"title": "Newer"}, headers={"If-Match": etag}).expect_problem(412)
    api.patch(f"{API}/M-1", {"title": "Newer"}).expect_problem(428)
    assert show(api, "M-1")["title"] == "New"
    api.patch(f"{API}/M-1", {"owner": None}, headers={"If-Match": changed.etag}).expect(200)
    assert show(api, "M-1")["owner"] is None


def test_of_two_changes_one_wins(api):
    etag = make(api, "M-1").etag
    answers = [api.patch(f"{API}/M-1", {"title": title}, headers={"If-Match": etag}) for title in ("a", "b")]
    assert [answer.status for answer in answers] == [200, 412]


def test_delete(api):
    etag = make(api, "M-1").etag
    api.delete(f"{API}/M-1").expect_problem(428)
    api.delete(f"{API}/M-1", headers={"If-Match": '"no such version"'}).expect_problem(412)
    assert api.delete(f"{API}/M-1", headers={"If-Match": etag}).expect(204).body == b""
    api.get(f"{API}/M-1").expect_problem(404)


# ---- parents and children ----

def test_progress_rolls_up_and_the_parent_completes_itself(api):
    make(api, "P")
    for key in ("C1", "C2"):
        make(api, key, parent="P")
    complete(api, "C1").expect(200)
    assert show(api, "P")["progress"] == 50 and show(api, "P")["status"] != "completed"
    complete(api, "C2").expect(200)
    assert (show(api, "P")["progress"], show(api, "P")["status"]) == (100, "completed")


def test_progress_rolls_up_through_generations(api):
    make(api, "A")
    make(api, "B", parent="A")
    make(api, "C", parent="B")
    complete(api, "C").expect(200)
    assert [show(api, key)["status"] for key in "ABC"] == ["completed"] * 3


def test_nobody_is_its_own_ancestor(api):
    make(api, "A")
    make(api, "B", parent="A")
    make(api, "C", parent="B")
    for parent in ("A", "C"):
        api.patch(f"{API}/A", {"parent": parent}, headers={"If-Match": api.get(f"{API}/A").etag}).expect_problem(409)
    assert show(api, "A")["parent"] is None


def test_an_unknown_parent(api):
    answer = api.post(API, {"key": "A", "title": "t", "parent": "NOPE"})
    assert answer.status in (400, 422)
    answer.expect_problem(answer.status)


# ---- dependencies ----

def test_a_milestone_waits_for_what_it_depends_on(api):
    for key in "AB":
        make(api, key)
    assert depend(api, "B", "A").status in (200, 201, 204)
    complete(api, "B").expect_problem(409)
    complete(api, "A").expect(200)
    assert complete(api, "B").expect(200).json()["status"] == "completed"


def test_status_is_no_way_around_dependencies(api):
    for key in "AB":
        make(api, key)
    depend(api, "B", "A")
    answer = api.patch(f"{API}/B", {"status": "completed"}, headers={"If-Match": api.get(f"{API}/B").etag})
    answer.expect_problem(409)


def test_completing_again_changes_nothing(api):
    make(api, "A")
    first = complete(api, "A").expect(200)
    again = complete(api, "A").expect(200)
    assert (again.json(), again.etag) == (first.json(), first.etag)


def test_a_cycle_is_refused_with_its_path(api):
    for key in "ABC":
        make(api, key)
    depend(api, "B", "A")
    depend(api, "C", "B")
    path = depend(api, "A", "C").expect_problem(409, "dependency_cycle")["cycle"]
    assert len(path) == 4 and path[0] == path[-1]
    depends_on = {"A": "C", "C": "B", "B": "A"}
    assert [depends_on[key] for key in path[:-1]] == path[1:]
    complete(api, "A").expect(200)  # the edge is not there


def test_nothing_depends_on_itself(api):
    make(api, "A")
    depend(api, "A", "A").expect_problem(409)


def test_a_dependency_can_be_removed(api):
    for key in "AB":
        make(api, key)
    depend(api, "B", "A")
    assert api.delete(f"{API}/B/dependencies/A").status in (200, 204)
    complete(api, "B").expect(200)


def test_a_dependency_on_nothing(api):
    make(api, "A")
    depend(api, "A", "NOPE").expect_problem(404)
    depend(api, "NOPE", "A").expect_problem(404)


# ---- lists ----

@pytest.fixture
def many(api):
    due = ["2024-01-03", None, "2024-01-01", "2024-01-02", "2024-01-02"]
    for number, day in enumerate(due):
        body = {"owner": "even" if number % 2 == 0 else "odd"}
        make(api, f"L-{number}", **(body | ({"due": day} if day else {})))
    complete(api, "L-3")
    return api


def test_filters(many):
    assert listed(many, "status=completed") == ["L-3"]
    assert sorted(listed(many, "status=planned")) == ["L-0", "L-1", "L-2", "L-4"]
    assert sorted(listed(many, "owner=odd")) == ["L-1", "L-3"]
    assert listed(many, "status=cancelled") == []


def test_sort_by_due_date(many):
    up, down = listed(many, "sort=due"), listed(many, "sort=-due")
    assert up == ["L-2", "L-3", "L-4", "L-0", "L-1"]  # without a date: at the end, whichever way
    assert [key for key in down if key != "L-1"] == ["L-0", "L-4", "L-3", "L-2"]
    assert sorted(down) == sorted(up)


@pytest.mark.parametrize("query", ["sort=due", "sort=-due", "sort=key", "sort=-key", "", "status=planned&sort=due"])
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_have_everything_once(many, query, limit):
    found = pages(many, f"{query}&limit={limit}".lstrip("&"))
    whole = listed(many, query or "limit=100")
    assert keys(sum(found, [])) == whole
    assert all(len(page) == limit for page in found[:-1])


def test_a_page_goes_on_after_a_change(many):
    first = many.get(f"{API}?sort=key&limit=2").json()
    make(many, "L-00")  # sorts before what was read
    second = many.get(f"{API}?sort=key&limit=10&cursor={first['next_cursor']}").expect(200).json()
    assert keys(second["items"]) == ["L-2", "L-3", "L-4"]


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=1000000", "sort=nonsense", "sort=due;drop",
                                   "status=done", "cursor=x", "cursor=AAAA", "cursor=" + "A" * 4000])
def test_wrong_queries(many, query):
    many.get(f"{API}?{query}").expect_problem(400)


def test_a_cursor_belongs_to_its_list(many, tenant_b):
    cursor = many.get(f"{API}?sort=due&limit=2").json()["next_cursor"]
    answer = many.get(f"{API}?sort=-key&limit=2&cursor={cursor}")
    assert answer.status in (200, 400)
    assert tenant_b.api.get(f"{API}?sort=due&cursor={cursor}").json().get("items", []) == []


# ---- import and export ----

def kubernetes_rows():
    with open(KUBERNETES, newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def test_a_dry_run_changes_nothing(api):
    import_csv(api, KUBERNETES.read_bytes(), "?dry_run=true").expect(200)
    assert listed(api, "limit=10") == []


def test_the_timeline_of_kubernetes(api):
    rows = kubernetes_rows()
    assert import_csv(api, KUBERNETES.read_bytes()).status in (200, 201)
    assert sorted(listed(api, "limit=7")) == [row["key"] for row in rows]
    by_due = sum(pages(api, "sort=due&limit=10"), [])
    assert [item["due"] for item in by_due] == sorted(row["due"] for row in rows)
    # "v1.30.0 released" waits for the last candidate, docs and tests frozen, and the release notes.
    problem = complete(api, "K30-34").expect_problem(409)
    assert any(key in str(problem) for key in ("K30-32", "K30-28", "K30-29", "K30-33"))
    depend(api, "K30-01", "K30-34").expect_problem(409)
    # In the order of the rows each comes after what it depends on.
    for row in rows:
        complete(api, row["key"]).expect(200)
    assert listed(api, "status=planned") == []


def test_import_is_all_or_nothing(api):
    bad = "key,title,due,depends_on\nA,First,2024-01-01,\nB,Second,2024-02-30,\nC,,2024-01-01,\n"
    problem = import_csv(api, bad).expect_problem(400)
    # The header is row 1.
    assert {(error["row"], error["column"]) for error in problem["errors"]} == {(3, "due"), (4, "title")}
    assert listed(api, "limit=10") == []


@pytest.mark.parametrize("text", [
    "", "key\n", "nonsense,columns\n1,2\n", "key,title\nA,one\nA,two\n", "key,title\nA\n", 'key,title\nA,"open\n',
    "key,title,depends_on\nA,a,NOPE\n", "key,title,depends_on\nA,a,B\nB,b,A\n", "key,key,title\nA,B,t\n",
    "key,title\nA,a,surplus\n"], ids=range(10))
def test_wrong_csv(api, text):
    answer = import_csv(api, text)
    assert answer.status in (400, 409, 422)
    answer.expect_problem(answer.status)
    assert listed(api, "limit=10") == []


def test_a_cycle_within_a_file_is_told_with_its_path(api):
    make(api, "Z")
    text = "key,title,depends_on\nA,a,B\nB,b,C;Z\nC,c,A\n"
    for query in ("", "?dry_run=true"):
        problem = import_csv(api, text, query).expect_problem(409, "dependency_cycle")
        assert problem["cycle"] == ["A", "B", "C", "A"]
        assert [(error["row"], error["column"]) for error in problem["errors"]] == [(2, "depends_on")]
    assert listed(api, "limit=10") == ["Z"]


def test_two_files_one_behind_the_other(api):
    problem = import_csv(api, "key,title\nA,a\nkey,title\nB,b\n").expect_problem(400)
    assert [(error["row"], error["code"]) for error in problem["errors"]] == [(3, "repeated_header")]
    assert listed(api, "limit=10") == []


def test_a_deep_tree_rolls_up(server, api):
    # A generation must not cost a look at every milestone: so many would take longer than a request may.
    # PostgreSQL keeps a plan from when the table was empty until its statistics come, which a cluster for tests has not.
    depth = 1000 if server.database is None else 100
    rows = [f"G{number},t,{'' if number == 0 else f'G{number - 1}'}" for number in range(depth)]
    import_csv(api, "key,title,parent\n" + "\n".join(rows)).expect(200)
    complete(api, f"G{depth - 1}").expect(200)
    assert show(api, "G0")["status"] == "completed"


@pytest.mark.parametrize("name", ["dependencies", "dependants"])
def test_dependencies_come_page_by_page(api, name):
    others = [f"K{number:02}" for number in range(25)]
    rows = [f"{key},t,{'HUB' if name == 'dependants' else ''}" for key in others]
    rows.append(f"HUB,t,{';'.join(others) if name == 'dependencies' else ''}")
    import_csv(api, "key,title,depends_on\n" + "\n".join(rows)).expect(200)
    found, cursor = [], ""
    while cursor is not None:
        page = api.get(f"{API}/HUB/{name}?limit=10{cursor and '&cursor=' + cursor}").expect(200).json()
        found += [keys(page["items"])]
        cursor = page["next_cursor"]
    assert found == [others[:10], others[10:20], others[20:]]
    first = api.get(f"{API}/HUB/{name}?limit=10").json()["next_cursor"]
    for wrong in (f"{API}/K00/{name}?cursor={first}", f"{API}?cursor={first}", f"{API}/HUB/{name}?cursor=x",
                  f"{API}/HUB/{name}?limit=0", f"{API}/HUB/{name}?sort=key"):
        api.get(wrong).expect_problem(400)


def test_csv_that_is_no_utf8(api):
    import_csv(api, b"key,title\nA,\xff\xfe\n").expect_problem(400)


@pytest.mark.parametrize("text", [
    '\ufeffkey,title,description\r\nA,t,"x, ""y"" and\r\nz"\r\n', 'title,description,key\nt,"x, ""y"" and\r\nz",A'],
    ids=["BOM and CRLF", "LF and no end"])
def test_csv_as_others_write_it(api, text):
    assert import_csv(api, text).status in (200, 201)
    assert show(api, "A")["description"] == 'x, "y" and\r\nz'


def test_export_can_be_imported_again(api, tenant_b):
    import_csv(api, KUBERNETES.read_bytes())
    complete(api, "K30-01")
    exported = api.get(f"{API}/export").expect(200)
    assert exported.headers["content-type"].split(";")[0] == "text/csv"
    rows = list(csv.DictReader(io.StringIO(exported.body.decode())))
    assert sorted(row["key"] for row in rows) == sorted(row["key"] for row in kubernetes_rows())
    assert import_csv(tenant_b.api, exported.body).status in (200, 201)
    assert tenant_b.api.get(f"{API}/export").body == exported.body
