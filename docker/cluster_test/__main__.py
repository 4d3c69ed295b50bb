"""Makes the cluster and checks it, part by part. Ends with 1 if anything does not hold."""

import os
import sys
import tempfile
import time
import traceback

from . import chaos, costs, image, proxies, restore, rolling, watching
from .cluster import Cluster, Failed, docker, expect, eventually, run, COMPOSE

started = time.monotonic()


def say(text):
    print(f"{time.monotonic() - started:6.1f} s  {text}", flush=True)


def no_password(cluster):
    """Without passwords nothing starts, and the message says what to do."""
    environment = {k: v for k, v in cluster.environment.items() if "PASSWORD" not in k}
    with tempfile.NamedTemporaryFile() as empty:
        done = run(*COMPOSE, "--env-file", empty.name, "-f", "docker/compose.yaml", "config",
                   environment=environment, check=False)
    expect(done.returncode != 0 and "docker/secrets" in done.stderr, f"no passwords: {done.stderr}")
    return "nothing starts without passwords: " + next(
        line.strip() for line in done.stderr.splitlines() if "docker/secrets" in line)


def start(cluster):
    begin = time.monotonic()
    cluster.up()
    cluster.healthy("nginx", 1)

    def first():
        status, _, _ = cluster.request("POST", cluster.site + "/@upload", {
            **proxies.TUS, **proxies.named("first.txt"), "Upload-Length": "5",
            "Content-Type": "application/offset+octet-stream"}, b"first")
        return status == 201
    eventually("the first upload", first)
    cluster.healthy("front", 3)
    cluster.healthy("finalizer", 2)
    return f"up; the first upload is an item {time.monotonic() - begin:.0f} s after `compose up`"


def through_nginx(cluster):
    return "nginx: " + proxies.check(cluster, "nginx", cluster.site)


def through_haproxy(cluster):
    if not cluster.with_haproxy:
        return "skipped: HAProxy, for which there is no image here (haproxy:lts)"
    return "HAProxy: " + proxies.check(cluster, "haproxy", cluster.url("haproxy", 8080))


def scaled(cluster):
    """Nodes that come get requests; nodes that go take none with them."""
    cluster.up("--scale", "front=5")
    cluster.healthy("front", 5)

    def spread():
        for _ in range(20):
            status, _, _ = cluster.request("GET", cluster.site + "/")
            expect(status == 200, f"GET gave {status}")
        lines = cluster.log("nginx").splitlines()[-20:]
        return len({word for line in lines for word in line.split() if word.startswith("from=")}) == 5
    eventually("requests at all of five front nodes", spread)
    cluster.up("--scale", "front=3")
    for _ in range(40):
        status, _, _ = cluster.request("GET", cluster.site + "/")
        expect(status == 200, f"GET gave {status} after scaling in")
    return "--scale front=5 takes its share within seconds, and back to 3 without a failed request"


PARTS = {
    "image": image.check, "passwords": no_password, "start": start, "nginx": through_nginx,
    "haproxy": through_haproxy, "scale": scaled, "prometheus": watching.scraped, "costs": costs.check,
    "chaos": chaos.check, "alert": watching.finalizer_lost, "dashboard": watching.dashboard, "rolling": rolling.check,
    "stop": image.stops, "logs": watching.logs, "restore": restore.check,
}


def main():
    wanted = sys.argv[1:] or list(PARTS)
    for name in wanted:
        if name not in PARTS:
            sys.exit(f"there is no part {name}; there are {', '.join(PARTS)}")
    cluster = Cluster(with_haproxy=bool(docker("images", "-q", "haproxy:lts")))
    failed = False
    try:
        for name, part in PARTS.items():
            if name in wanted or name == "start":
                try:
                    say(f"ok    {name}: {part(cluster)}")
                except Failed as failure:
                    failed = True
                    say(f"FAIL  {name}: {failure}")
                    if name == "start":
                        for service in ("database", "migrate", "front", "finalizer", "nginx"):
                            print(service, cluster.log(service)[-1500:])
                        break
    except BaseException:
        traceback.print_exc()
        failed = True
    finally:
        if os.environ.get("KEEP"):
            say(f"kept: {cluster.environment['COMPOSE_PROJECT_NAME']}, admin:{cluster.password}")
        else:
            cluster.down()
    say("FAILED" if failed else "passed")
    sys.exit(1 if failed else 0)


main()
