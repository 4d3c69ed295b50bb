"""A tus client that counts: what it sent, what it had to send again, and how long a proxy or a node was away."""

import hashlib
import http.client
import random
import select
import threading
import time
import urllib.parse
from base64 import b64encode


class GivenUp(Exception):
    """An upload that could not be finished within its patience."""


class Upload:
    """One file to one folder, in PATCH requests that each try to bring all that is left, at `rate` bytes a second."""

    PIECE = 32 * 1024

    def __init__(self, site, login, name, size, rate, folder="", patience=90):
        self.address = urllib.parse.urlsplit(site)
        self.login = login
        self.name, self.size, self.rate, self.patience, self.folder = name, size, rate, patience, folder
        self.bytes = random.Random(name).randbytes(size)
        self.cuts = []          # of each cut: bytes sent since the last second, bytes that had to be sent again
        self.answers = []       # statuses that were no success
        self.path = None

    def run(self):
        end = time.monotonic() + self.patience
        offset = 0
        while True:
            try:
                if self.path is None:
                    self.create()
                if offset is None:
                    offset = self.head()
                if self.patch(offset):
                    return
            except (OSError, http.client.HTTPException) as error:
                self.answers.append(type(error).__name__)
            except BadStatus as bad:
                self.answers.append(str(bad.status))
            if time.monotonic() > end:
                raise GivenUp(f"{self.name}: {self.answers[-5:]}")
            offset = None
            time.sleep(0.3)

    def connect(self):
        return http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=30)

    def request(self, method, path, headers, wanted):
        connection = self.connect()
        try:
            connection.request(method, path, headers={"Tus-Resumable": "1.0.0", **self.login, **headers})
            answer = connection.getresponse()
            answer.read()
            if answer.status not in wanted:
                raise BadStatus(answer.status)
            return answer
        finally:
            connection.close()

    def create(self):
        answer = self.request("POST", self.folder + "/@upload", {
            "Upload-Length": str(self.size),
            "Upload-Metadata": "filename " + b64encode(self.name.encode()).decode()}, [201])
        self.path = urllib.parse.urlsplit(answer.headers["Location"]).path

    def head(self):
        """Where to go on; what had been sent beyond it was lost with the connection."""
        offset = int(self.request("HEAD", self.path, {}, [200]).headers["Upload-Offset"])
        if self.sent is not None:
            self.cuts.append((self.recent(), self.sent - offset))
            self.sent = None
        return offset

    sent = None
    history = ()

    def recent(self):
        """Bytes sent in the last 1.5 s before the cut: a checkpoint comes each second."""
        before = [count for moment, count in self.history if moment < self.history[-1][0] - 1.5]
        return self.history[-1][1] - (before[-1] if before else self.history[0][1])

    def patch(self, offset):
        connection = self.connect()
        try:
            connection.putrequest("PATCH", self.path)
            headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), **self.login,
                       "Content-Type": "application/offset+octet-stream", "Content-Length": str(self.size - offset)}
            for field, value in headers.items():
                connection.putheader(field, value)
            connection.endheaders()
            self.send(connection, offset)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 204:
                raise BadStatus(answer.status)
            return int(answer.headers["Upload-Offset"]) == self.size
        finally:
            connection.close()

    def send(self, connection, offset):
        started, first = time.monotonic(), offset
        self.sent, self.history = offset, [(started, offset)]
        while offset < self.size:
            # As curl and browsers do: an answer in the middle of the body ends it.
            if select.select([connection.sock], [], [], 0)[0]:
                return
            connection.send(self.bytes[offset:offset + self.PIECE])
            offset = min(offset + self.PIECE, self.size)
            self.sent = offset
            self.history.append((time.monotonic(), offset))
            ahead = (offset - first) / self.rate - (time.monotonic() - started)
            if ahead > 0:
                time.sleep(ahead)

    def check(self):
        """Whether the item has these bytes."""
        connection = self.connect()
        try:
            connection.request("GET", f"{self.folder}/{self.name}/@@download/file", headers=self.login)
            answer = connection.getresponse()
            return answer.status == 200 and hashlib.sha256(answer.read()).digest() == self.digest
        finally:
            connection.close()

    @property
    def digest(self):
        return hashlib.sha256(self.bytes).digest()


class BadStatus(Exception):
    def __init__(self, status):
        self.status = status


def in_parallel(uploads, count):
    """Runs them, `count` at a time; returns a list of what failed, filled when the returned thread has ended."""
    waiting, failures, lock = list(reversed(uploads)), [], threading.Lock()

    def work():
        while True:
            with lock:
                if not waiting:
                    return
                upload = waiting.pop()
            try:
                upload.run()
            except Exception as error:  # reported by the caller, with the upload's name
                failures.append(f"{upload.name}: {type(error).__name__} {error}")

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, failures
