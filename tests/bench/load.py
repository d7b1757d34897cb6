"""What loads a server and tells how it did; for tests/bench/run and its rows."""
import contextlib
import re
import subprocess
import time
import urllib.request


class Measured:
    def __init__(self, rate, p99_ms=None):
        self.rate = rate
        self.p99_ms = p99_ms


def wrk(url, seconds, *arguments, headers=(), script=None):
    """Requests answered 2xx in a second. wrk sends no Connection header."""
    command = ["wrk", "-t1", "-c32", f"-d{seconds}s", "--latency"]
    for header in headers:
        command += ["-H", header]
    if script:
        command += ["-s", str(script)]
    output = subprocess.run([*command, url, *(["--", *arguments] if arguments else [])], check=True,
                            capture_output=True, text=True).stdout
    total = int(re.search(r"(\d+) requests in", output).group(1))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    if refused and int(refused.group(1)) > total // 100:
        raise RuntimeError(f"{refused.group(1)} of {total} requests to {url} failed:\n{output}")
    share = 1 - int(refused.group(1)) / total if refused else 1
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", output).groups()
    return Measured(float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)) * share,
                    float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit])


def wait_for(url, seconds=5):
    for _ in range(100 * seconds):
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(url).read()
        time.sleep(0.01)
    raise RuntimeError(f"nothing answers at {url}")


@contextlib.contextmanager
def running(command):
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.stdin.close()
        process.terminate()
        process.wait()
