"""The image by itself: what it is, who it runs as, how it ends."""

import time

from .cluster import docker, expect, image_size, megabytes, run, DOCKER


def check(cluster):
    total, program = image_size()
    base, _ = image_size("debian:bookworm-slim")
    version = docker("run", "--rm", "--network", "none", "--read-only", "tussock", "--version")
    label = docker("image", "inspect", "-f", '{{index .Config.Labels "org.opencontainers.image.version"}}', "tussock")
    expect(label == version, f"the label says version {label}, the program {version}")
    user = docker("image", "inspect", "-f", "{{.Config.User}}", "tussock")
    expect(user == "10001:10001", f"it runs as {user}")
    wrong = run(DOCKER, "run", "--rm", "--network", "none", "tussock", "serve", check=False)
    expect(wrong.returncode == 78 and "TUSSOCK_DATABASE_URL" in wrong.stderr, f"a wrong start: {wrong.stderr}")
    return (f"version {version}, user {user}, {megabytes(total)}, of which debian:bookworm-slim {megabytes(base)} and "
            f"the program {megabytes(program)}")


def stops(cluster):
    """SIGTERM ends every role gracefully, with exit code 0, and a health check says 503 in between or nothing."""
    times = []
    for service in ("front", "finalizer"):
        container = cluster.containers(service)[0]
        expect(docker("inspect", "-f", "{{.HostConfig.ReadonlyRootfs}}", container) == "true", "the root is writable")
        begin = time.monotonic()
        docker("stop", "-t", "20", container)
        times.append(f"{service} {time.monotonic() - begin:.1f} s")
        code = docker("inspect", "-f", "{{.State.ExitCode}}", container)
        expect(code == "0", f"{service} ended with {code} after SIGTERM")
        docker("start", container)
    # A process that has no handler for it: the first one of a container would ignore it.
    sleeper = docker("run", "-d", "--network", "none", "-e", "TUSSOCK_PASSWORD=", "--entrypoint", "tini", "tussock",
                     "--", "sleep", "1000")
    begin = time.monotonic()
    docker("stop", "-t", "20", sleeper)
    seconds = time.monotonic() - begin
    docker("rm", "-f", sleeper)
    expect(seconds < 10, f"SIGTERM took {seconds:.0f} s to end a process without a handler")
    cluster.healthy("front", 3)
    cluster.healthy("finalizer", 2)
    return f"SIGTERM: exit code 0 on a read-only root; {', '.join(times)}"
