"""What uploads cost each part of the cluster, in processor time, rows and bytes: the figures of OPERATING.md."""

import os
import subprocess
import tempfile
import time

from .client import Upload, in_parallel
from .cluster import docker, eventually, expect
from .proxies import create

SERVICES = ("front", "finalizer", "database", "nginx")
IDLE = 15


def processor(cluster):
    """Seconds that each service's containers have used so far."""
    script = "cat /sys/fs/cgroup/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpuacct/cpuacct.usage"

    def used(container):
        words = docker("exec", container, "sh", "-c", script).split()
        return int(words[1]) / 1e6 if words[0] == "usage_usec" else int(words[0]) / 1e9
    return {service: sum(used(container) for container in cluster.containers(service)) for service in SERVICES}


def database(cluster):
    """Bytes of all tables with their indexes, and of log written so far."""
    query = "SELECT pg_database_size('tussock'), pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
    text = docker("exec", cluster.containers("database")[0], "psql", "-U", "tussock", "-XAtc", query, "tussock")
    return [int(word) for word in text.split("|")]


def measured(cluster, idle, work):
    """Runs `work`; what it cost beyond what the cluster uses while nothing happens."""
    before, begin, (size, log) = processor(cluster), time.monotonic(), database(cluster)
    work()
    after, seconds, (size_after, log_after) = processor(cluster), time.monotonic() - begin, database(cluster)
    cost = {service: max(0, after[service] - before[service] - idle[service] * seconds) for service in SERVICES}
    return seconds, cost, size_after - size, log_after - log


def small(cluster, count):
    """One POST and one PATCH each, over connections of their own."""
    site = cluster.site
    uploads = [Upload(site, cluster.login, f"small-{index}.bin", 1 << 16, 1 << 30) for index in range(count)]
    threads, failures = in_parallel(uploads, 16)
    for thread in threads:
        thread.join()
    expect(not failures, f"{len(failures)} uploads failed: {failures[:3]}")
    eventually("the last items", lambda: all(upload.check() for upload in uploads[-16:]))


def large(cluster, count, size):
    """By curl, each in one PATCH."""
    with tempfile.NamedTemporaryFile(dir=".build") as file:
        os.truncate(file.fileno(), size)
        site = cluster.site
        urls = [site + create(cluster, site, f"large-{index}.bin", size) for index in range(count)]
        clients = [subprocess.Popen(
            ["curl", "-sS", "--fail", "-o", os.devnull, "-X", "PATCH", "-T", file.name, url, "-H",
             "Tus-Resumable: 1.0.0", "-H", "Upload-Offset: 0", "-H", "Content-Type: application/offset+octet-stream",
             "-H", "Expect:", "-H", f"Authorization: {cluster.login['Authorization']}"]) for url in urls]
        expect([client.wait() for client in clients] == [0] * count, "curl failed")
    for index in range(count):
        status, headers, _ = cluster.request("HEAD", f"{site}/large-{index}.bin/@@download/file")
        expect(status == 200 and headers["Content-Length"] == str(size), f"large-{index}.bin: {status}")


def shown(name, seconds, cost, size, log):
    times = ", ".join(f"{service} {cost[service]:.2f} s" for service in SERVICES)
    return f"{name} in {seconds:.0f} s: {times}; database + {size / 1e6:.1f} MB, its log {log / 1e6:.1f} MB"


def check(cluster):
    before = processor(cluster)
    time.sleep(IDLE)
    after = processor(cluster)
    idle = {service: (after[service] - before[service]) / IDLE for service in SERVICES}
    parts = [
        shown("1,000 uploads of 64 KiB", *measured(cluster, idle, lambda: small(cluster, 1000))),
        shown("2 GiB in 4 uploads", *measured(cluster, idle, lambda: large(cluster, 4, 512 << 20))),
        "idle " + ", ".join(f"{service} {idle[service] * 100:.1f} %" for service in SERVICES),
    ]
    for index in range(4):
        cluster.request("DELETE", f"{cluster.site}/large-{index}.bin")
    return "processor time: " + "; ".join(parts)
