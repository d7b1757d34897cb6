#!/usr/bin/python3
"""churn.py: clients that ask and leave at random moments, each sure to get no answer but its own.

Reads a JSON object from standard input: {"port", "connections", "seed", "certificate" (or null), "tenants":
[{"key", "titles": {milestone: title}}]}, and writes one to standard output: {"answers", "wrong": [what], "made":
{milestone: whether its creation was acknowledged}, "unsent": [those whose creation was not sent whole], "left":
{how: times}}.

Each request asks for something that only its own answer can hold: a milestone by a tenant's credential, whose
title is known; a milestone that it makes itself; or all of a tenant's milestones.
"""
import collections
import json
import random
import socket
import ssl
import struct
import sys

RESET = struct.pack("ii", 1, 0)
TIMEOUT_SECONDS = 60


class Ended(Exception):
    """The server closed the connection before the answer was whole."""


class Answers:
    """Reads answers off a connection, strictly in order."""

    def __init__(self, connection):
        self.connection = connection
        self.buffer = b""

    def _more(self):
        data = self.connection.recv(65536)
        if not data:
            raise Ended
        self.buffer += data

    def _until(self, mark):
        while (end := self.buffer.find(mark)) < 0:
            self._more()
        taken, self.buffer = self.buffer[:end], self.buffer[end + len(mark):]
        return taken

    def _take(self, size):
        while len(self.buffer) < size:
            self._more()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def next(self):
        head = self._until(b"\r\n\r\n").split(b"\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head[1:])
        status = int(head[0].split(b" ")[1])
        if b"content-length" in fields:
            return status, self._take(int(fields[b"content-length"]))
        body = b""
        while size := int(self._until(b"\r\n"), 16):
            body += self._take(size)
            self._take(2)
        self._take(2)
        return status, body


class Churn:
    def __init__(self, order):
        self.port, self.connections = order["port"], order["connections"]
        self.tenants = order["tenants"]
        self.random = random.Random(order["seed"])
        self.name = f"C{order['seed']}"
        self.tls = ssl.create_default_context(cafile=order["certificate"]) if order["certificate"] else None
        self.wrong, self.made, self.unsent, self.left = [], {}, [], collections.Counter()
        self.answers = 0

    def run(self):
        for number in range(self.connections):
            try:
                self._one(number)
            except (ConnectionError, ssl.SSLEOFError) as error:
                self._unexpected(number, error)
            except (Ended, TimeoutError, ssl.SSLError, ValueError) as error:
                self.wrong.append(f"connection {number}: {type(error).__name__} {error}")
        return {"answers": self.answers, "wrong": self.wrong[:20], "made": self.made, "unsent": self.unsent,
                "left": self.left}

    def _unexpected(self, number, error):
        self.wrong.append(f"connection {number} was closed by the server: {error}")

    def _one(self, number):
        requests = [self._request(number, place) for place in range(self.random.choice((1, 1, 2, 3, 5)))]
        wire = b"".join(text for text, _ in requests)
        plain = socket.socket()
        plain.settimeout(TIMEOUT_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Many addresses, so that no port has to be used twice within a minute.
        plain.bind((f"127.0.{self.random.randrange(1, 250)}.{self.random.randrange(1, 250)}", 0))
        plain.connect(("127.0.0.1", self.port))
        connection = plain
        try:
            if self.tls is not None:
                if self.random.random() < 0.1:
                    return self._leave_in_handshake(plain)
                connection = self.tls.wrap_socket(plain, server_hostname="localhost")
            how = self.random.choice(("partly asked", "asked", "some answers", "all answers", "all answers, half closed"))
            self.left[how] += 1
            if how == "partly asked":
                # Somewhere within the last request; the ones before it are whole.
                connection.sendall(self._cut(wire, requests))
                return None
            connection.sendall(wire)
            if how == "asked":
                return None
            self._read(connection, requests, how)
        finally:
            self._leave(connection)
            connection.close()

    def _cut(self, wire, requests):
        """A part of it. Who makes a milestone and does not say all of it has made none."""
        size, end = self.random.randrange(1, len(wire)), 0
        for text, check in requests:
            end += len(text)
            if end > size and check.__name__ == "made":
                self.unsent.append(check.key)
        return wire[:size]

    def _leave_in_handshake(self, plain):
        self.left["in the handshake"] += 1
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self.tls.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
        except ssl.SSLWantReadError:
            hello = outgoing.read()
        plain.sendall(hello[:self.random.randrange(1, len(hello) + 1)])

    def _leave(self, connection):
        if self.random.random() < 0.5:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def _read(self, connection, requests, how):
        if how == "all answers, half closed" and self.tls is None:
            connection.shutdown(socket.SHUT_WR)
        answers = Answers(connection)
        if how == "some answers":
            if self.random.random() < 0.3:  # not even one
                connection.recv(self.random.randrange(1, 200))
                return
            requests = requests[:self.random.randrange(1, len(requests) + 1)]
        for _, check in requests:
            status, body = answers.next()
            self.answers += 1
            said = check(status, body)
            if said is not None:
                self.wrong.append(f"{said}: {status} {body[:200]!r}")
        if how.startswith("all answers") and answers.buffer:
            self.wrong.append(f"bytes after the last answer: {answers.buffer[:200]!r}")

    def _request(self, number, place):
        tenant = self.random.choice(self.tenants)
        draw = self.random.random()
        if draw < 0.06:
            return self._create(tenant, f"{self.name}-{number}-{place}")
        if draw < 0.09:
            return self._all(tenant)
        key = self.random.choice(tenant["names"])
        wanted = tenant["titles"][key]

        def check(status, body):
            if status == 503 and json.loads(body)["code"] == "overloaded":
                return None
            found = json.loads(body)
            return None if (status, found.get("key"), found.get("title")) == (200, key, wanted) else f"not {key}"

        return self._text("GET", f"/api/v1/milestones/{key}", tenant), check

    def _create(self, tenant, key):
        self.made[key] = False

        def made(status, body):
            if status == 503 and json.loads(body)["code"] in ("overloaded", "storage_busy"):
                return None
            found = json.loads(body)
            if (status, found.get("key"), found.get("title")) != (201, key, key):
                return f"not the new {key}"
            self.made[key] = True
            return None

        made.key = key
        return self._text("POST", "/api/v1/milestones", tenant, json.dumps({"key": key, "title": key}).encode()), made

    def _all(self, tenant):
        def check(status, body):
            if status == 503 and json.loads(body)["code"] == "overloaded":
                return None
            items = json.loads(body)["items"] if status == 200 else []
            good = len(items) == len(tenant["titles"]) and all(
                tenant["titles"].get(item["key"]) == item["title"] for item in items)
            return None if good else "not the tenant's milestones"

        return self._text("GET", "/api/v1/milestones?limit=100&q=FIXED", tenant), check

    @staticmethod
    def _text(method, path, tenant, body=b""):
        fields = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {tenant['key']}\r\n"
        if body:
            fields += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return fields.encode() + b"\r\n" + body


def main():
    order = json.load(sys.stdin)
    for tenant in order["tenants"]:
        tenant["names"] = sorted(tenant["titles"])
    json.dump(Churn(order).run(), sys.stdout)


if __name__ == "__main__":
    main()
