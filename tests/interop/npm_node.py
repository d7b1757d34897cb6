"""The Node.js 22 that npm brings (build/npm, ci/deps --test): Debian's is too old for the clients, and has no EventSource."""
import json
import os
import pathlib
import platform
import subprocess
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
WAIT = 60


def node():
    machine = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    return ROOT / f"build/npm/node_modules/node-linux-{machine}/bin/node"


class Script:
    """A script of this folder that writes a JSON object a line and takes commands, a line each. `folder`: where it runs;
    `environment`: what is more in its environment."""

    def __init__(self, name, *arguments, options=(), folder=None, environment=None):
        self.process = subprocess.Popen([node(), *options, HERE / name, *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
                                        env=os.environ | (environment or {}))
        self.lines, self.errors = [], []
        self._changed = threading.Condition()
        self._read = 0
        for stream, take in ((self.process.stdout, self._take), (self.process.stderr, self.errors.append)):
            threading.Thread(target=self._follow, args=(stream, take), daemon=True).start()

    @staticmethod
    def _follow(stream, take):
        for line in stream:
            take(line)

    def _take(self, line):
        with self._changed:
            self.lines.append(json.loads(line))
            self._changed.notify_all()

    def next(self, kind):
        """The next line of that kind; what comes before it is passed over."""
        def found():
            for index in range(self._read, len(self.lines)):
                if self.lines[index]["kind"] == kind:
                    self._read = index + 1
                    return self.lines[index]
            return None
        with self._changed:
            line = self._changed.wait_for(found, WAIT)
        assert line, f"no {kind}: {self.lines[-5:]} {''.join(self.errors[-20:])}"
        return line

    def ask(self, command, kind="answer", **arguments):
        self.process.stdin.write(json.dumps({"command": command} | arguments) + "\n")
        self.process.stdin.flush()
        return self.next(kind)

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(WAIT) == 0, "".join(self.errors)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None and kind is not None:
            self.process.kill()
            self.process.wait()
        elif kind is None:
            self.end()
