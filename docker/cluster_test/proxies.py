"""What reaches a client through the proxies, looked at byte by byte."""

import socket
import time
import urllib.parse
from base64 import b64encode

from .cluster import eventually, expect


class Wire:
    """One connection, and what came over it so far."""

    def __init__(self, url):
        address = urllib.parse.urlsplit(url)
        self.host = address.netloc
        self.socket = socket.create_connection((address.hostname, address.port), timeout=15)
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def begin(self, method, path, headers):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", *(f"{k}: {v}" for k, v in headers.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())

    def send(self, data):
        self.socket.sendall(data)

    def until(self, pattern):
        """What came when `pattern` had come; or all, if the connection ends first."""
        while pattern not in self.text:
            piece = self.socket.recv(65536)
            if not piece:
                break
            self.text += piece.decode("latin-1")
        return self.text

    def silent(self, seconds):
        """Whether nothing comes for so long."""
        self.socket.settimeout(seconds)
        try:
            return not self.socket.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(15)


TUS = {"Tus-Resumable": "1.0.0"}
OCTETS = {**TUS, "Content-Type": "application/offset+octet-stream"}


def named(name):
    return {"Upload-Metadata": "filename " + b64encode(name.encode()).decode()}


def create(cluster, site, name, size):
    status, headers, _ = cluster.request(
        "POST", site + "/@upload", {**TUS, **named(name), "Upload-Length": str(size)})
    expect(status == 201, f"POST through {site} gave {status}")
    return urllib.parse.urlsplit(headers["Location"]).path


def body_is_not_gathered(cluster, site, name):
    """A body that is on its way is on the volume before it ends; no limit of time or size stands between."""
    size = 64 << 20
    path = create(cluster, site, name, size)
    with Wire(site) as wire:
        wire.begin("PATCH", path, {**OCTETS, **cluster.login, "Upload-Offset": "0", "Content-Length": str(size)})
        wire.send(bytes(1 << 20))

        def arrived():
            wire.send(bytes(1 << 16))
            _, _, body = cluster.request("GET", site + path)
            return b'"offset":0' not in body.replace(b" ", b"") and b'"offset"' in body
        eventually("half a body to be on the volume", arrived, 30)
        # More than any default limit, at once and then slowly.
        sent = int(wire_offset(cluster, site, path))
    # The connection was cut with bytes missing: what came is kept.
    status, headers, _ = cluster.request("HEAD", site + path, TUS)
    expect(status == 200 and int(headers["Upload-Offset"]) >= sent, "a cut body's bytes are kept")


def wire_offset(cluster, site, path):
    import json
    return json.loads(cluster.request("GET", site + path)[2])["offset"]


def refusal_while_sending(cluster, site, name):
    """A refusal reaches a client that is sending 32 MiB in vain."""
    path = create(cluster, site, name, 64 << 20)
    with Wire(site) as wire:
        headers = {**OCTETS, **cluster.login, "Upload-Offset": "7", "Content-Length": str(32 << 20)}
        wire.begin("PATCH", path, headers)
        try:
            for _ in range(32):
                wire.send(bytes(1 << 20))
        except OSError:
            pass  # it need not take all of it
        try:
            wire.until("\r\n\r\n")
        except OSError:
            pass
        expect(" 409 " in wire.text.split("\r\n")[0], f"409 while sending, not {wire.text[:80]!r}")


def forwarded(cluster, site, name):
    """URLs are those that the client used, whatever it says of itself."""
    status, headers, _ = cluster.request("POST", site + "/@upload", {
        **TUS, **named(name), "Upload-Length": "3", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example;proto=https"})
    expect(status == 201 and headers["Location"].startswith(site + "/@upload/"), f"Location is {headers['Location']}")


def large_metadata(cluster, site, name):
    metadata = named(name)["Upload-Metadata"] + ",note " + b64encode(bytes(11_000)).decode()
    status, headers, _ = cluster.request(
        "POST", site + "/@upload", {**TUS, "Upload-Metadata": metadata, "Upload-Length": "3"})
    expect(status == 201, f"15 KiB of metadata gave {status}")
    path = urllib.parse.urlsplit(headers["Location"]).path
    _, headers, _ = cluster.request("HEAD", site + path, TUS)
    expect(headers["Upload-Metadata"] == metadata, "metadata comes back as it went")


def chunked(cluster, site, name):
    """A body of unknown length."""
    path = create(cluster, site, name, 6)
    with Wire(site) as wire:
        wire.begin("PATCH", path, {
            **OCTETS, **cluster.login, "Upload-Offset": "0", "Transfer-Encoding": "chunked", "Connection": "close"})
        for piece in (b"3\r\nabc\r\n", b"3\r\ndef\r\n", b"0\r\n\r\n"):
            wire.send(piece)
            time.sleep(0.1)
        expect(" 204 " in wire.until("\r\n\r\n"), f"a chunked body gave {wire.text[:80]!r}")


def continues(cluster, site, name):
    """Who says 100 to whom: `proxy` at once, or `node`, which refuses a wrong offset instead."""
    path = create(cluster, site, name, 6)
    with Wire(site) as wire:
        wire.begin("PATCH", path, {
            **OCTETS, **cluster.login, "Upload-Offset": "5", "Content-Length": "1", "Expect": "100-continue",
            "Connection": "close"})
        first = wire.until("\r\n\r\n").split("\r\n")[0]
    with Wire(site) as wire:
        wire.begin("PATCH", path, {
            **OCTETS, **cluster.login, "Upload-Offset": "0", "Content-Length": "6", "Expect": "100-continue",
            "Connection": "close"})
        expect(" 100 " in wire.until("\r\n\r\n"), f"no 100: {wire.text[:80]!r}")
        wire.send(b"abcdef")
        expect(" 204 " in wire.until(" 204 "), f"after 100: {wire.text[:200]!r}")
    return "the proxy" if " 100 " in first else "the front node" if " 409 " in first else first


def interim(cluster, site, name):
    """Whether 104 gets through; the final response must, in any case, and be the item."""
    with Wire(site) as wire:
        wire.begin("POST", "/@upload", {
            **cluster.login, "Upload-Complete": "?1", "Upload-Draft-Interop-Version": "8", "Content-Length": "6",
            "Content-Disposition": f'inline; filename="{name}"', "Content-Type": "text/plain", "Connection": "close"})
        passes = not wire.silent(1) and " 104 " in wire.until("\r\n\r\n")
        wire.send(b"abcdef")
        expect("HTTP/1.1 201 " in wire.until("HTTP/1.1 201 "), f"the final response is {wire.text[:300]!r}")
    status, _, body = cluster.request("GET", f"{site}/{name}/@@download/file")
    expect(status == 200 and body == b"abcdef", "the item of a draft upload has its bytes")
    return passes


CHECKS = [body_is_not_gathered, refusal_while_sending, forwarded, large_metadata, chunked]


def check(cluster, proxy, site):
    for index, one in enumerate(CHECKS):
        one(cluster, site, f"{proxy}-{index}.bin")
    hundred = continues(cluster, site, f"{proxy}-100.bin")
    passes = interim(cluster, site, f"{proxy}-104.txt")
    expect((hundred, passes) == {"nginx": ("the proxy", False), "haproxy": ("the front node", True)}[proxy],
           f"{proxy}: 100 by {hundred}, 104 passes: {passes}")
    return f"bodies stream, 409 in mid-body, Forwarded, 15 KiB of metadata, chunked; 100 by {hundred}, 104 " + (
        "passes" if passes else "is not asked for")
