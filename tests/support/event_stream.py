"""A client of server-sent events (HTML, 9.2) that remembers what it was told, as a browser's EventSource does."""
import http.client
import json
import threading
import time

WAIT = 20


class EventStream:
    """Listens on a thread of its own. `events`: the data of each event as JSON; `last_id`: for the next connection."""

    def __init__(self, port, path, last_id=None, tls=None, headers=None):
        kind = http.client.HTTPConnection if tls is None else http.client.HTTPSConnection
        options = {} if tls is None else {"context": tls}
        self.connection = kind("127.0.0.1", port, timeout=WAIT, **options)
        sent = {"Accept": "text/event-stream"} | (headers or {})
        if last_id:
            sent["Last-Event-ID"] = last_id
        self.connection.request("GET", path, headers=sent)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.events, self.times, self.comments, self.last_id = [], [], 0, last_id
        self.ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        if self.status == 200:
            self._thread.start()

    def _listen(self):
        data = []
        try:
            for line in self.response:
                self._take(line.decode().rstrip("\r\n"), data)
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def _take(self, line, data):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        with self._changed:
            if line == "" and data:
                self.events.append(json.loads("\n".join(data)))
                self.times.append(time.monotonic())
                data.clear()
            elif name == "data":
                data.append(value)
            elif name == "id":
                self.last_id = value
            elif line.startswith(":"):
                self.comments += 1
            self._changed.notify_all()

    def wait(self, condition, seconds=WAIT):
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), seconds)

    def wait_for_events(self, count):
        assert self.wait(lambda stream: len(stream.events) >= count), f"{len(self.events)} events: {self.events}"
        return self.events

    def close(self):
        # What is read from holds the socket: closing it under the reader ends the reader as well.
        sock = getattr(self.connection, "sock", None) or getattr(getattr(self.response, "fp", None), "raw", None)
        sock = getattr(sock, "_sock", sock)
        try:
            if sock is not None:
                sock.shutdown(2)
        except OSError:
            pass
        self.connection.close()
        if self._thread.is_alive():
            self._thread.join(WAIT)
