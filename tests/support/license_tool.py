"""mortise-license as a vendor runs it, and the documents that customers send, signed by OpenSSL."""
import base64
import copy
import hashlib
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import uuid

SECRETS = ("k4.secret.", "k4.secret-pw.")


def program():
    """MORTISE_LICENSE, or the one beside the server that is tested."""
    if "MORTISE_LICENSE" in os.environ:
        return pathlib.Path(os.environ["MORTISE_LICENSE"])
    from mortise_server import binary
    return binary("mortise-license")


def run(*args, code=0):
    """Without a terminal, so that nothing can be asked. No output may hold a secret key."""
    done = subprocess.run([program(), *map(str, args)], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          start_new_session=True, timeout=300)
    assert done.returncode == code, f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    for secret in SECRETS:
        assert secret not in done.stdout + done.stderr, f"{args} shows a secret"
    return done


def ask(*args):
    return json.loads(run(*args, "--json").stdout)


def refused(*args):
    """The code of the refusal; what people read names it too, and says more."""
    error = json.loads(run(*args, "--json", code=1).stdout)["error"]
    assert len(error["detail"]) > 10, error
    return error["code"]


class Vendor:
    """A development home: keys without a passphrase, everything else as in a real one."""

    def __init__(self, folder, *options):
        self.folder = pathlib.Path(folder)
        self.home = self.folder / "vendor"
        run("init", "--home", self.home, "--issuer", "Tenon Ltd", *(options or ("--development",)))

    @property
    def root(self):
        return self.home / "root.pub"

    def ask(self, *args):
        return ask(*args, "--home", self.home)

    def refused(self, *args):
        return refused(*args, "--home", self.home)

    def new_file(self, name="license"):
        return self.folder / f"{secrets.token_hex(6)}.{name}"

    def issue(self, *args, subject="Customer GmbH", plan="standard"):
        """A new licence as (id, file), for 30 days if nothing else is said."""
        file = self.new_file()
        if not {"--days", "--not-after", "--model"} & set(args):
            args += ("--days", 30)
        made = self.ask("issue", "--sub", subject, "--plan", plan, "--out", file, *args)
        return made["id"], file

    def change(self, command, licence, *args):
        file = self.new_file()
        made = self.ask(command, licence, "--out", file, *args)
        return made["id"], file

    def verify(self, file, *args):
        return ask("verify", file, "--root", self.root, *args)

    def verify_refused(self, file, *args):
        return refused("verify", file, "--root", self.root, *args)

    def inspect(self, file):
        return ask("inspect", file)

    def claims(self, file):
        return self.inspect(file)["license"]["claims"]

    def export(self, what):
        return json.loads(run("export", what, "--home", self.home, "--format", "json").stdout)["items"]

    def status(self, licence):
        return next(row["status"] for row in self.export("licenses") if row["id"] == licence)

    def actions(self):
        return [entry["action"] for entry in self.ask("audit", "list")["items"]]


class DevelopmentVendor(Vendor):
    """A copy of the home whose root the tested build trusts; issues for the plugins that it brings."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.home = self.folder / "vendor"
        from mortise_server import binary
        shutil.copytree(binary().parents[2] / "dev-root/home", self.home)
        # A home that an earlier build has made has no key for activations.
        if not any("act" in key["use"] for key in self.ask("keyset", "list")["keys"]):
            self.ask("keyset", "add", "--use", "act")


ALL_PLUGINS = ("--plugins", "milestones,workflows,rules,notifications", "--limit", "tenants=100000")


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def pae(*pieces):
    """PASETO's pre-authentication encoding."""
    out = len(pieces).to_bytes(8, "little")
    for piece in pieces:
        out += len(piece).to_bytes(8, "little") + piece
    return out


class Installation:
    """A customer's installation with an Ed25519 key of its own; signs with OpenSSL, not with our code."""

    PKCS8 = bytes.fromhex("302e020100300506032b657004220420")

    def __init__(self, folder):
        self.id = str(uuid.uuid4())
        self.key_file = pathlib.Path(folder) / f"{self.id}.der"
        self.key_file.write_bytes(self.PKCS8 + secrets.token_bytes(32))
        public = self._openssl("pkey", "-pubout", "-outform", "DER")[-32:]
        self.paserk = "k4.public." + base64url(public)
        digest = hashlib.blake2b(("k4.pid." + self.paserk).encode(), digest_size=33).digest()
        self.kid = "k4.pid." + base64url(digest)
        self.reports = []
        # As a host makes it: the salt is the installation's, the rest is the machine's.
        self.salt = base64url(secrets.token_bytes(16))
        self.machine = base64url(secrets.token_bytes(32))

    def copied(self):
        """The same data folder, id and key in it, on another machine."""
        other = copy.copy(self)
        other.machine = base64url(secrets.token_bytes(32))
        return other

    def fingerprint(self):
        return {"salt": self.salt, "ids": {"machine_id": [self.machine]}}

    def _openssl(self, command, *args, data=None):
        return subprocess.run(["openssl", command, "-inform" if command == "pkey" else "-keyform", "DER",
                               "-in" if command == "pkey" else "-inkey", self.key_file, *args],
                              input=data, capture_output=True, check=True).stdout

    def sign(self, claims, kind):
        footer = json.dumps({"kid": self.kid}, separators=(",", ":")).encode()
        return self.sign_bytes(json.dumps(claims).encode(), footer, kind)

    def sign_bytes(self, payload, footer, kind):
        message = self.key_file.with_suffix(".message")
        message.write_bytes(pae(b"v4.public.", payload, footer, kind.encode()))
        signature = self._openssl("pkeyutl", "-sign", "-rawin", "-in", message)
        return f"v4.public.{base64url(payload + signature)}.{base64url(footer)}"

    def write(self, token, name):
        file = self.key_file.with_name(f"{secrets.token_hex(6)}.{name}")
        file.write_text(token + "\n")
        return file

    def request(self, licence, **changed):
        """An activation request, as a file."""
        claims = {"jti": str(uuid.uuid4()), "iat": "2026-01-01T00:00:00Z", "inst": self.id, "lic": licence,
                  "pub": self.paserk, "fp": self.fingerprint()}
        return self.write(self.sign(claims | changed, "actreq/v1"), "request")

    def report(self, licence, start, end, rows, meters=None, **changed):
        """The next usage report of the chain, as a file."""
        meters = meters or {row[2]: "sum" for row in rows}
        claims = {"iss": self.id, "sub": "Customer GmbH", "lic": licence, "iat": f"{end}T01:00:00Z",
                  "seq": len(self.reports) + 1, "from": start, "to": end, "pub": self.paserk,
                  "meters": meters, "rows": rows}
        if self.reports:
            claims["prev"] = base64url(hashlib.blake2b(self.reports[-1].encode(), digest_size=32).digest())
        token = self.sign(claims | changed, "usage/v1")
        if not changed:
            self.reports.append(token)
        return self.write(token, "usage")
