"""A TCP proxy before a Unix socket that can be slow, silent, or cut its connections: a bad network."""
import contextlib
import socket
import struct
import threading
import time

RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no time: closing sends RST


class Proxy:
    """Listens on a free loopback port. `delay` is how many seconds each piece waits; while `silent` is set
    nothing passes in either direction, and nothing is closed."""

    PIECE = 4096  # bytes that wait together

    def __init__(self, target):
        self.target = str(target)
        self.delay = 0.0
        self.passing = threading.Event()
        self.passing.set()
        self._ended = threading.Event()
        self._pairs = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @contextlib.contextmanager
    def silence(self):
        self.passing.clear()
        try:
            yield
        finally:
            self.passing.set()

    def reset_all(self):
        """Every connection ends at once, on both sides."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    if end.family == socket.AF_INET:
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    end.shutdown(socket.SHUT_RDWR)
        return len(pairs)

    def close(self):
        self._ended.set()
        self.passing.set()
        self._listener.close()
        self.reset_all()

    def _accept(self):
        with contextlib.suppress(OSError):
            while not self._ended.is_set():
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        self.passing.wait()
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self.target)
        except OSError:
            client.close()
            return
        pair = (client, server)
        with self._lock:
            self._pairs.add(pair)
        back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
        back.start()
        self._pump(client, server)
        back.join()
        with self._lock:
            self._pairs.discard(pair)
        client.close()
        server.close()

    def _pump(self, source, sink):
        """Passes on until one side ends; then it ends the other as well."""
        with contextlib.suppress(OSError):
            while piece := source.recv(self.PIECE):
                self.passing.wait()
                if self.delay:
                    time.sleep(self.delay)
                sink.sendall(piece)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
