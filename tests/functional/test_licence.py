"""Licences: installed by text, checked for each plugin, shown to whoever may see them."""
import pytest

LICENSES = "/api/v1/licenses"


def install(platform, text):
    return platform.post(LICENSES, data=text if isinstance(text, bytes) else text.encode(),
                         headers={"Content-Type": "text/plain"})


def test_the_current_licence_is_shown(platform):
    current = platform.get(f"{LICENSES}/current").expect(200).json()
    assert current["state"] in ("valid", "grace", "limited", "unlicensed")


def test_the_licence_is_the_platforms(tenant_a, anonymous):
    anonymous.get(f"{LICENSES}/current").expect_problem(401)
    install(tenant_a.api, "x").expect_problem(403)


# A token of the PASETO standard's own test vectors (4-S-1): well formed, and signed by somebody else.
FOREIGN = ("v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9bg"
           "_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAxFaSeef1QlXEFtkqxT1ciiQEDA")

WRONG_TOKENS = [b"", b"nonsense", b"v4.public.", b"v4.local.AAAA", b"v3.public.AAAA", FOREIGN.encode(),
                b"v4.public." + b"A" * 20000, b"\xff\xfe", b"v4.public.AAAA.BBBB.CCCC", b"v4.public.A=A=",
                FOREIGN.encode() + b"\0"]


@pytest.mark.parametrize("token", WRONG_TOKENS, ids=range(len(WRONG_TOKENS)))
def test_what_is_no_licence_changes_nothing(platform, token):
    before = platform.get(f"{LICENSES}/current").expect(200).body
    answer = install(platform, token)
    assert answer.status in (400, 413, 422)
    answer.expect_problem(answer.status)
    assert platform.get(f"{LICENSES}/current").expect(200).body == before
