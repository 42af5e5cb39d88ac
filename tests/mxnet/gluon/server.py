"""A small web server on this machine with the misbehaviour that downloads meet."""

import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Server:
    """Serves ``files`` (path to content); what it does wrong is set by its other attributes.

    Attributes
    ----------
    requests : what was asked for: path and the ``Range`` header.
    ranges : whether parts of files are served.
    cut_after : the connection ends after so many bytes of a file, for each of so many requests.
    delay : seconds before an answer.
    status : an error code to answer with, by path.
    """

    def __init__(self):
        self.files, self.requests, self.status = {}, [], {}
        self.ranges, self.delay = True, 0.0
        self.cut_after, self.cuts = None, 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self)

            def log_message(self, *args):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def url(self, path=""):
        return f"http://127.0.0.1:{self._http.server_address[1]}/{path}"

    def answer(self, request):
        path, wanted = request.path.lstrip("/"), request.headers.get("Range")
        self.requests.append((path, wanted))
        time.sleep(self.delay)
        if path in self.status or path not in self.files:
            request.send_error(self.status.get(path, 404))
            return
        content = self.files[path]
        version = '"' + hashlib.md5(content).hexdigest() + '"'
        start = 0
        if wanted and self.ranges and request.headers.get("If-Range") == version:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                request.send_error(416)
                return
            request.send_response(206)
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            request.send_response(200)
        request.send_header("ETag", version)
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        end = len(content)
        if self.cuts:
            self.cuts -= 1
            end = start + self.cut_after
        request.wfile.write(content[start:end])
        request.close_connection = True

    def close(self):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = Server()
    yield made
    made.close()
