"""Uploads by real clients through the proxy while front nodes, a finalizer and the database are killed."""

import hashlib
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

from .cluster import crash, docker, eventually, expect
from .proxies import TUS, create

SIZE = 48 << 20

TUSPY = """
import sys
from tusclient.client import TusClient
client = TusClient(sys.argv[1] + "/@upload", headers={"Authorization": sys.argv[2]})
uploader = client.uploader(sys.argv[3], chunk_size=2 << 20, metadata={"filename": sys.argv[4]}, retries=60,
                           retry_delay=1)
uploader.upload()
"""


def by_tuspy(cluster, path, name):
    done = subprocess.run(
        [sys.executable, "-c", TUSPY, cluster.site, cluster.login["Authorization"], path, name],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=400)
    expect(done.returncode == 0, f"tuspy: {done.stdout[-500:]}")


def by_curl(cluster, path, name):
    """Each request brings all that is left, at 2 MB/s, until nothing is."""
    site = cluster.site
    url = site + create(cluster, site, name, SIZE)
    end = time.monotonic() + 400
    while time.monotonic() < end:
        status, headers, _ = cluster.request("HEAD", url, TUS)
        if status == 200:
            offset = int(headers["Upload-Offset"])
            if offset == SIZE:
                return
            rest = subprocess.Popen(["tail", "-c", f"+{offset + 1}", path], stdout=subprocess.PIPE)
            subprocess.run(
                ["curl", "-sS", "-o", os.devnull, "-X", "PATCH", "--limit-rate", "2M", "-T", "-", url,
                 "-H", "Tus-Resumable: 1.0.0", "-H", f"Upload-Offset: {offset}", "-H",
                 "Content-Type: application/offset+octet-stream", "-H",
                 f"Authorization: {cluster.login['Authorization']}"], stdin=rest.stdout, stderr=subprocess.DEVNULL)
            rest.kill()
            rest.wait()
        time.sleep(0.5)
    expect(False, f"{name} is not finished after 400 s")


def work(client, cluster, folder, name, failures):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(random.Random(name).randbytes(SIZE))
    try:
        client(cluster, path, name)
    except Exception as error:  # told by the main thread
        failures.append(f"{name}: {type(error).__name__} {error}")


def faults(cluster, is_over):
    """Kills one thing after the other until the uploads are done; what it did, in order."""
    done = []
    while not is_over():
        for kind in ("front", "database", "front", "finalizer", "front"):
            container = random.choice(cluster.containers(kind))
            if kind == "database":
                docker("kill", container)
                time.sleep(3)
                docker("start", container)
            else:
                crash(container)
            done.append(kind)
            cluster.healthy("front", 3)
            time.sleep(2)
            if is_over() and "database" in done and "finalizer" in done:
                break
    return done


def check(cluster):
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        names = [(by_tuspy, f"tuspy-{index}.bin") for index in range(4)]
        names += [(by_curl, f"curl-{index}.bin") for index in range(3)]
        threads = [threading.Thread(target=work, args=(client, cluster, folder, name, failures))
                   for client, name in names]
        begin = time.monotonic()
        for thread in threads:
            thread.start()
        done = faults(cluster, lambda: not any(thread.is_alive() for thread in threads))
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - begin
    expect(not failures, f"uploads failed: {failures}")
    cluster.healthy("front", 3)
    cluster.healthy("finalizer", 2)
    for _, name in names:
        compare(cluster, name)
    kinds = ", ".join(f"{done.count(kind)} of {kind}" for kind in ("front", "finalizer", "database"))
    return f"4 files by tuspy and 3 by curl, {SIZE >> 20} MiB each, in {seconds:.0f} s under {len(done)} kills " \
           f"({kinds}): all bytes right"


def compare(cluster, name):
    def item():
        status, _, body = cluster.request("GET", f"{cluster.site}/{name}/@@download/file")
        return body if status == 200 else None
    body = eventually(f"the item {name}", item, 120)
    expected = hashlib.sha256(random.Random(name).randbytes(SIZE)).digest()
    expect(hashlib.sha256(body).digest() == expected, f"{name} has other bytes")
