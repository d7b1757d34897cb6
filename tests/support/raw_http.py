"""HTTP/1.1 over a bare socket: what is sent is exactly what the test says, and answers are read strictly."""
import re
import socket
import time


class Closed(Exception):
    """The server closed the connection before an answer was complete."""


class RawAnswer:
    def __init__(self, version, status, headers, body):
        self.version = version
        self.status = status
        self.headers = headers  # list of (lower-case name, value)
        self.body = body

    def header(self, name):
        values = [value for key, value in self.headers if key == name]
        assert len(values) <= 1, f"{name} stands {len(values)} times"
        return values[0] if values else None


class RawConnection:
    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data, pieces=None, pause=0.002):
        """Sends everything at once, or in pieces of so many bytes, each a packet of its own."""
        if pieces is None:
            self.socket.sendall(data)
            return
        for start in range(0, len(data), pieces):
            self.socket.sendall(data[start:start + pieces])
            time.sleep(pause)

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed(self._buffer)
        self._buffer += data

    def _take(self, size):
        while len(self._buffer) < size:
            self._more()
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def _take_line(self):
        while b"\r\n" not in self._buffer:
            self._more()
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line.decode("latin-1")

    def answer(self, head_only=False):
        """The next answer; `head_only` for one to HEAD."""
        match = re.fullmatch(r"HTTP/(1\.[01]) ([1-5]\d\d) ([ -~]*)", self._take_line())
        assert match, "no status line"
        version, status = match.group(1), int(match.group(2))
        headers = []
        while line := self._take_line():
            name, value = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", line).groups()
            headers.append((name.lower(), value))
        answer = RawAnswer(version, status, headers, b"")
        if not head_only and status >= 200 and status not in (204, 304):
            answer.body = self._body(answer)
        return answer

    def _body(self, answer):
        if answer.header("transfer-encoding") == "chunked":
            body = b""
            while size := int(self._take_line().split(";")[0], 16):
                body += self._take(size)
                assert self._take_line() == ""
            assert self._take_line() == ""
            return body
        length = answer.header("content-length")
        assert length is not None, "an answer with neither Content-Length nor chunks"
        return self._take(int(length))

    def is_closed(self, within=5):
        """Whether the server closes now, without sending more."""
        self.socket.settimeout(within)
        try:
            data = self.socket.recv(1)
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False
        return data == b""

    def is_open(self):
        """Whether nothing comes and nothing is closed for a moment."""
        self.socket.settimeout(0.2)
        try:
            return self.socket.recv(1, socket.MSG_PEEK) != b""
        except TimeoutError:
            return True
        except ConnectionResetError:
            return False
        finally:
            self.socket.settimeout(10)
