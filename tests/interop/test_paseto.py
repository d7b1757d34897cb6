"""Licences by mortise-license, verified by two PASETO libraries of others (npm: paseto, paseto-ts), which agree with it
on every rejection but the listed ones, where Mortise is stricter."""
import base64
import json
import pathlib
import random
import subprocess

import pytest

from license_tool import Installation, Vendor, base64url, program

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
    scalar = int.from_bytes(raw[-32:], "little") + L
    yield "S + L", f"v4.public.{base64url(bytes(raw[:-32]) + scalar.to_bytes(32, 'little'))}.{footer}"
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


class Signer(Installation):
    """With the vendor's own signing key, for what its tool would never sign."""

    def __init__(self, vendor):
        super().__init__(vendor.folder)
        (file,) = (vendor.home / "keys").glob("*.key")
        seed = decoded(file.read_text().strip().removeprefix("k4.secret."))[:32]
        self.key_file.write_bytes(self.PKCS8 + seed)


def stricter(vendor, token):
    """(what, token, which of the others take it at least) where Mortise refuses."""
    body, footer = token.split(".")[2:]
    both, one = {"paseto", "paseto-ts"}, {"paseto"}
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    yield "padded base64", f"v4.public.{body}={'' if len(body) % 4 == 3 else '='}.{footer}", one
    if len(body) % 4:  # bits of the last character that mean nothing
        yield "stray bits", f"v4.public.{body[:-1]}{alphabet[alphabet.index(body[-1]) ^ 1]}.{footer}", both
    other_alphabet = f"v4.public.{body.replace('-', '+').replace('_', '/')}.{footer}"
    if other_alphabet != token:
        yield "the other alphabet", other_alphabet, both
    yield "white space", f"v4.public.{body[:40]}\n{body[40:]}.{footer}", one
    # Well signed, and read in two ways or beyond what the reader knows.
    sign = Signer(vendor).sign_bytes
    claims, kid = decoded(body)[:-64], decoded(footer)
    more = json.loads(claims) | {"crit": ["x-new"]}
    yield "a key twice", sign(claims[:-1] + b',"plan":"large"}', kid, "lic/v1"), both
    yield "a key twice, by an escape", sign(claims[:-1] + b',"\\u0070lan":"large"}', kid, "lic/v1"), both
    yield "an unknown critical claim", sign(json.dumps(more).encode(), kid, "lic/v1"), both
    yield "more than 16 KiB", sign(json.dumps(more | {"crit": [], "x": "y" * 16384}).encode(), kid, "lic/v1"), both
    yield "a footer with more in it", sign(claims, kid[:-1] + b',"x":1}', "lic/v1"), both
    yield "another product's", sign(json.dumps(json.loads(claims) | {"aud": "tenon"}).encode(), kid, "lic/v1"), both


def test_where_mortise_is_stricter(vendor, issued, key):
    body, footer = map(decoded, issued[0].split(".")[2:])
    assert ours(vendor, Signer(vendor).sign_bytes(body[:-64], footer, "lic/v1")), "as it is, signed again"
    seen = set()
    of_each_length = {len(token.split(".")[2]) % 4: token for token in issued}  # what padding and stray bits depend on
    for token in issued[:8] + list(of_each_length.values()):
        cases = list(stricter(vendor, token))
        for (what, altered, takers), answer in zip(cases, others([altered for _, altered, _ in cases], key)):
            assert not ours(vendor, altered), what
            assert takers <= {library for library, payload in answer.items() if payload is not None}, what
            seen.add(what)
    assert len(seen) == 10
