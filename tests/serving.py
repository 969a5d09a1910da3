"""A server on 127.0.0.1 for tests of downloads."""

import gzip
import http.server
import io
import tarfile
import threading
import time
import zipfile

GZIPPED = gzip.compress(b"1 2\nfrog 0.1 0.2\n", mtime=0)


def zipped(*members):
    """The bytes of a zip with these members, each a line of text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member in members:
            archive.writestr(member, "frog 0.1 0.2\n")
    return buffer.getvalue()


def tarred(*members):
    """The bytes of a .tar.gz of (name or TarInfo, content)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name) if isinstance(name, str) else name
            if member.isreg():
                member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def names_in(folder):
    """The names of what lies in the folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


class Server(http.server.ThreadingHTTPServer):
    """Serves `body` at any address, announcing `missing` bytes more than it has.

    It sends no body before as many requests are waiting as `start` has parties. With a
    `pause`, what `slowly` names is sent a byte at a time, so many seconds apart.
    """

    pause = 0
    slowly = "body"

    body = GZIPPED
    missing = 0
    status = 200
    announces = True
    requests = 0
    start = threading.Barrier(1)

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/file"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests += 1
        self.send_response(self.server.status)
        if self.server.announces:
            length = len(self.server.body) + self.server.missing
            self.send_header("Content-Length", length)
        if self.server.slowly == "headers":
            self._trickle(b"X-Frog: " + b"r" * 5000)
        self.end_headers()
        self.server.start.wait(60)
        if self.server.slowly == "body":
            self._trickle(self.server.body)
        else:
            self.wfile.write(self.server.body)

    def _trickle(self, content):
        if not self.server.pause:
            self.wfile.write(content)
            return
        self.flush_headers()
        for i in range(len(content)):
            try:
                self.wfile.write(content[i : i + 1])
            except OSError:  # the other end has gone
                return
            time.sleep(self.server.pause)

    def log_message(self, *args):
        pass
