"""A backup beside running uploads, the loss of everything, and the restore: the procedure of OPERATING.md."""

import json
import os
import tempfile
import time
import urllib.parse

from .client import Upload, in_parallel
from .cluster import docker, eventually, expect
from .proxies import OCTETS, TUS

# The copy of the volume that OPERATING.md makes with rsync: `uploads` before `blobs`; files may vanish meanwhile.
COPY = r"""
copied() { cp -a "$1" /copy/ 2>/tmp/log || ! grep -v 'No such file or directory' /tmp/log; }
copied /volume/uploads
copied /volume/blobs
find /copy/blobs -name '*.part' -delete
cp -a /volume/.tussock-volume /volume/.tussock-identity /copy/
"""


def in_volumes(cluster, backup, script):
    """Runs a script that sees the cluster's volume and the backup; as root, who keeps the files' owner."""
    volume = cluster.environment["COMPOSE_PROJECT_NAME"] + "_uploads"
    docker("run", "--rm", "--network", "none", "--user", "0", "-v", f"{volume}:/volume", "-v", f"{backup}:/copy",
           "--entrypoint", "bash", "tussock", "-ec", script)


def append(cluster, upload, offset, data):
    status, _, _ = cluster.request("PATCH", cluster.site + upload.path, {**OCTETS, "Upload-Offset": str(offset)}, data)
    expect(status == 204, f"PATCH of {upload.name} gave {status}")


def seen(cluster, upload):
    eventually(f"the item {upload.name}", upload.check, 60)


def back_up(cluster, backup, dump, hasty):
    """The database first, then the volume. `hasty` is finished in between, which costs it."""
    database = cluster.containers("database")[0]
    docker("exec", database, "pg_dump", "-U", "tussock", "--format=custom", "--file=/tmp/tussock.dump", "tussock")
    docker("cp", f"{database}:/tmp/tussock.dump", dump)
    append(cluster, hasty, hasty.size // 2, hasty.bytes[hasty.size // 2:])
    seen(cluster, hasty)
    in_volumes(cluster, backup, COPY)


def lose_everything(cluster):
    cluster.compose("down", "-v", "-t", "5")


def restore(cluster, backup, dump):
    cluster.up("database")
    cluster.healthy("database", 1)
    database = cluster.containers("database")[0]
    docker("cp", dump, f"{database}:/tmp/tussock.dump")
    docker("exec", database, "pg_restore", "-U", "tussock", "--exit-on-error", "--dbname=tussock", "/tmp/tussock.dump")
    # Not the copy's own folder, whose owner is whoever made it.
    in_volumes(cluster, backup, "cd /copy && cp -a uploads blobs .tussock-volume .tussock-identity /volume/")


def fsck(cluster):
    """Its exit code and what it found."""
    done = cluster.compose("run", "--rm", "--no-deps", "-T", "finalizer", "fsck", "--json", check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    expect(lines and "summary" in lines[-1], f"fsck: {done.stdout[-500:]} {done.stderr[-500:]}")
    return done.returncode, lines[:-1]


def named(findings, uploads):
    """The uploads that fsck names. All of them must lack the bytes that went over to an item after the dump."""
    kinds = {finding["kind"] for finding in findings}
    expect(kinds <= {"chunk-missing"}, f"after the restore fsck finds {findings}")
    found = [upload for upload in uploads if any(upload.path[-32:] in json.dumps(one) for one in findings)]
    expect(len(found) == len(findings), f"fsck names others than those that were open in the dump: {findings}")
    return found


def check(cluster):
    site = cluster.site

    def uploads(count, name, size, rate):
        return [Upload(site, cluster.login, f"{name}-{index}.bin", size, rate) for index in range(count)]
    kept, slow = uploads(20, "kept", 1 << 20, 1 << 30), uploads(12, "slow", 6 << 20, 200_000)
    hasty, = uploads(1, "hasty", 1 << 20, 1 << 30)
    threads, failures = in_parallel(kept, 8)
    for thread in threads:
        thread.join()
    expect(not failures, f"uploads failed: {failures}")
    for upload in kept:
        seen(cluster, upload)
    hasty.create()
    append(cluster, hasty, 0, hasty.bytes[:hasty.size // 2])
    threads, failures = in_parallel(slow, 12)
    eventually("all to have begun", lambda: all(upload.path and (upload.sent or 0) > 1 << 19 for upload in slow))
    backup = docker("volume", "create")
    try:
        with tempfile.TemporaryDirectory() as folder:
            dump = os.path.join(folder, "tussock.dump")
            begin = time.monotonic()
            back_up(cluster, backup, dump, hasty)
            taken = time.monotonic() - begin
            for thread in threads:
                thread.join()
            expect(not failures, f"uploads beside the backup failed: {failures}")
            lose_everything(cluster)
            begin = time.monotonic()
            restore(cluster, backup, dump)
    finally:
        docker("volume", "rm", "-f", backup, check=False)
    code, findings = fsck(cluster)
    lacking = named(findings, slow + [hasty])
    expect(code == 1 and hasty in lacking, f"fsck ended with {code}: {findings}")
    cluster.up()
    cluster.healthy("nginx", 1)
    cluster.healthy("front", 3)
    cluster.healthy("finalizer", 2)
    back = time.monotonic() - begin
    go_on(cluster, kept, [upload for upload in slow if upload not in lacking], lacking)
    eventually("fsck to be silent", lambda: fsck(cluster) == (0, []), 60)
    return (f"backup in {taken:.1f} s beside {len(slow)} uploads; everything lost; back after {back:.0f} s: "
            f"{len(kept)} items have their bytes, {len(slow) + 1 - len(lacking)} uploads went on where the dump saw "
            f"them, fsck named the {len(lacking)} finished between dump and copy, and is silent now")


def go_on(cluster, kept, open_ones, lacking):
    """What clients and the operator do after the restore."""
    site = cluster.site
    for upload in kept + open_ones + lacking:
        upload.address, upload.rate = urllib.parse.urlsplit(site), 1 << 30
    expect(all(upload.check() for upload in kept), "items of before the backup have other bytes")
    for upload in lacking:
        front = cluster.containers("front")[0]
        docker("exec", front, "tussock", "uploads", "expire", upload.path[-32:])
        status, _, _ = cluster.request("HEAD", site + upload.path, TUS)
        expect(status == 410, f"an upload that was given up answers {status}")
        upload.path = None
        upload.run()
    for upload in open_ones:
        upload.sent = None
        offset = upload.head()
        expect(0 < offset < upload.size, f"{upload.name} goes on at {offset}")
        expect(upload.patch(offset), f"{upload.name} did not end")
    for upload in open_ones + lacking:
        seen(cluster, upload)
