"""A restart of all front nodes and finalizers, one after the other, under 200 uploads."""

import time

from .client import Upload, in_parallel
from .cluster import docker, expect, megabytes
from .cluster import eventually, health


def restart(container):
    docker("restart", "-t", "20", container)
    eventually("its health", lambda: health(container) == "healthy", 60)


def check(cluster):
    site = cluster.site
    uploads = [Upload(site, cluster.login, f"rolling-{index}.bin", 4 << 20, rate=400_000) for index in range(200)]
    begin = time.monotonic()
    threads, failures = in_parallel(uploads, 24)
    rounds = 0
    while any(thread.is_alive() for thread in threads):
        for service in ("front", "finalizer"):
            for container in cluster.containers(service):
                restart(container)
        rounds += 1
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - begin
    expect(not failures, f"{len(failures)} uploads failed: {failures[:3]}")
    wrong = [upload.name for upload in uploads if not upload.check()]
    expect(not wrong, f"{len(wrong)} items have other bytes: {wrong[:3]}")
    return report(uploads, rounds, seconds)


def report(uploads, rounds, seconds):
    cuts = [cut for upload in uploads for cut in upload.cuts]
    again = sum(repeated for _, repeated in cuts)
    beyond = [(recent, repeated) for recent, repeated in cuts if repeated > recent]
    expect(not beyond, f"{len(beyond)} cuts cost more than what came after the last checkpoint: {beyond[:3]}")
    bad = sorted({answer for upload in uploads for answer in upload.answers})
    return (f"{len(uploads)} uploads of 4 MiB in {seconds:.0f} s, {rounds} restarts of all 5 nodes in turn: none "
            f"failed, all bytes right; {len(cuts)} bodies were cut and resumed ({', '.join(bad)}), which cost "
            f"{megabytes(again)} sent again, at most {max((r for _, r in cuts), default=0)} bytes a cut")
