"""Licences by mortise-license, verified by two PASETO libraries of others (npm: paseto, paseto-ts), which agree with it
on every rejection but the listed ones, where Mortise is stricter."""
import base64
import json
import pathlib
import random
import subprocess

import pytest

from license_tool import Vendor, base64url, program

HERE = pathlib.Path(__file__).resolve().parent
LICENCES = 1000
# The order of Ed25519's group (RFC 8032, 5.1).
L = 2**252 + 27742317777372353535851937790883648493


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture(scope="module")
def vendor(tmp_path_factory):
    return Vendor(tmp_path_factory.mktemp("vendor"))


@pytest.fixture(scope="module")
def issued(vendor):
    rows = "sub,days,limits,features\n" + "".join(
        f'"Kundin {n} GmbH & Söhne",{n % 900 + 1},users={n + 1},sso\n' for n in range(LICENCES))
    (vendor.folder / "list.csv").write_text(rows)
    vendor.ask("issue", "--csv", vendor.folder / "list.csv", "--plan", "standard", "--out", vendor.folder / "lines")
    bundles = [json.loads(line)["bundle"] for line in (vendor.folder / "lines").read_text().splitlines()]
    return [bundle.split("license: ")[1].strip() for bundle in bundles]


@pytest.fixture(scope="module")
def key(vendor):
    (one,) = vendor.ask("keyset", "list")["keys"]
    return one["pub"]


def others(tokens, key, assertion="lic/v1"):
    lines = "".join(json.dumps({"token": token, "key": key, "assertion": assertion}) + "\n" for token in tokens)
    run = subprocess.run(["node", HERE / "paseto_verify.mjs"], input=lines, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(tokens)
    return answers


def ours(vendor, token):
    file = vendor.folder / "token"
    file.write_bytes(token.encode("utf-8", "surrogatepass"))
    run = subprocess.run([program(), "verify", file, "--root", vendor.root, "--keyset", vendor.home / "keyset.token",
                          "--json"], capture_output=True, text=True)
    assert run.returncode in (0, 1), run.stderr
    return run.returncode == 0


def test_a_thousand_licences_are_verified_by_others(issued, key):
    assert len(set(issued)) == LICENCES
    for n, answer in enumerate(others(issued, key)):
        for library in ("paseto", "paseto-ts"):
            assert answer[library] is not None, f"{library} refuses licence {n}"
            assert answer[library]["sub"] == f"Kundin {n} GmbH & Söhne"
            assert answer[library]["limits"] == {"users": n + 1}


def test_of_another_type_or_key_nobody_takes_them(issued, key, tmp_path):
    stranger = Vendor(tmp_path).ask("keyset", "list")["keys"][0]["pub"]
    for answer in others(issued[:20], stranger) + others(issued[:20], key, "crl/v1") + others(issued[:20], key, ""):
        assert answer == {"paseto": None, "paseto-ts": None}


def spoilt(token):
    """(what, token) for what nobody may take."""
    body, footer = token.split(".")[2:]
    raw = bytearray(decoded(body))
    generator = random.Random(7)
    for _ in range(60):
        bit = generator.randrange(len(raw) * 8)
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit}", f"v4.public.{base64url(bytes(flipped))}.{footer}"
    for cut in (1, 2, 3, 64, len(raw) - 64, len(raw)):
        yield f"cut by {cut}", f"v4.public.{base64url(bytes(raw[:-cut]))}.{footer}"
    for cut in (1, 5, 30, len(token) // 2):
        yield f"text cut by {cut}", token[:-cut]
    yield "no footer", f"v4.public.{body}"
    yield "another footer", f"v4.public.{body}.{base64url(b'{}')}"
    for other in ("v1.public", "v2.public", "v3.public", "v4.local", "v5.public", "V4.public"):
        yield other, f"{other}.{body}.{footer}"
    yield "one more part", token + "." + footer
    yield "nothing", ""
    for alg in ("none", "HS256", "RS256", "EdDSA"):
        head = base64url(json.dumps({"alg": alg, "typ": "JWT"}).encode())
        payload = base64url(bytes(raw[:-64]))
        yield f"a JWT, {alg}", f"{head}.{payload}.{base64url(bytes(raw[-64:])) if alg != 'none' else ''}"


def test_rejections_agree(vendor, issued, key):
    cases = list(spoilt(issued[0]))
    assert ours(vendor, issued[0])
    for (what, token), answer in zip(cases, others([token for _, token in cases], key)):
        assert answer == {"paseto": None, "paseto-ts": None}, f"{what}: others take it"
        assert not ours(vendor, token), f"{what}: we take it"


def stricter(token):
    """(what, token) for what some library takes and Mortise does not."""
    body, footer = token.split(".")[2:]
    raw = bytearray(decoded(body))
    scalar = int.from_bytes(raw[-32:], "little") + L
    yield "S + L", f"v4.public.{base64url(bytes(raw[:-32]) + scalar.to_bytes(32, 'little'))}.{footer}"
    yield "padded base64", f"v4.public.{body}={'' if len(body) % 4 == 3 else '='}.{footer}"
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    if len(body) % 4:  # bits of the last character that mean nothing
        yield "stray bits", f"v4.public.{body[:-1]}{alphabet[alphabet.index(body[-1]) ^ 1]}.{footer}"
    yield "the other alphabet", f"v4.public.{body.replace('-', '+').replace('_', '/')}.{footer}"
    yield "white space", f"v4.public.{body[:40]}\n{body[40:]}.{footer}"


def test_where_mortise_is_stricter(vendor, issued):
    for token in issued[:8]:
        for what, altered in stricter(token):
            if altered != token:
                assert not ours(vendor, altered), what
