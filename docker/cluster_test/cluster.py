"""The containers of docker/compose.yaml, as a project of their own."""

import base64
import json
import os
import re
import secrets
import shlex
import subprocess
import time
import urllib.error
import urllib.request

DOCKER = os.environ.get("DOCKER", "docker")
COMPOSE = shlex.split(os.environ.get("COMPOSE", "docker compose"))


class Failed(Exception):
    """What was expected and did not hold."""


def expect(condition, what):
    if not condition:
        raise Failed(what)


def run(*command, environment=None, check=True, text=None):
    """Runs a command and returns it with its output; its error is part of the failure."""
    done = subprocess.run(
        command, env=environment, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(command)} ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done


def docker(*arguments, check=True):
    return run(DOCKER, *arguments, check=check).stdout.strip()


def eventually(what, probe, seconds=60):
    """What `probe` returns as soon as that is true; asks it four times a second."""
    end = time.monotonic() + seconds
    problem = None
    while time.monotonic() < end:
        try:
            if answer := probe():
                return answer
        except (OSError, Failed, ValueError, KeyError) as error:
            problem = error
        time.sleep(0.25)
    raise Failed(f"not within {seconds} s: {what} ({problem})")


class Cluster:
    def __init__(self, with_haproxy):
        self.password = secrets.token_hex(12)
        self.environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": f"tussock-test-{os.getpid()}",
            "DATABASE_PASSWORD": secrets.token_hex(12), "ADMIN_PASSWORD": self.password,
            "GRAFANA_PASSWORD": secrets.token_hex(12),
            "NGINX_LISTEN": "127.0.0.1:0", "HAPROXY_LISTEN": "127.0.0.1:0", "PROMETHEUS_LISTEN": "127.0.0.1:0",
        }
        self.with_haproxy = with_haproxy
        login = base64.b64encode(f"admin:{self.password}".encode()).decode()
        self.login = {"Authorization": f"Basic {login}"}

    def compose(self, *arguments, check=True):
        profile = ["--profile", "haproxy"] if self.with_haproxy else []
        return run(
            *COMPOSE, "-f", "docker/compose.yaml", *profile, *arguments, environment=self.environment, check=check)

    def up(self, *options):
        # The image is there, and compose of some versions cannot build without a bridge.
        self.compose("up", "-d", "--no-build", *options)

    def down(self):
        self.compose("down", "-v", "--remove-orphans", "-t", "5", check=False)

    def containers(self, service, running=True):
        """Their ids, in the order of their numbers."""
        filters = ["--filter", f"label=com.docker.compose.project={self.environment['COMPOSE_PROJECT_NAME']}",
                   "--filter", f"label=com.docker.compose.service={service}"]
        lines = docker("ps", *([] if running else ["-a"]), "--no-trunc", *filters, "--format", "{{.Names}} {{.ID}}")
        return [line.split()[1] for line in sorted(lines.splitlines())]

    def healthy(self, service, count, seconds=120):
        def probe():
            found = self.containers(service)
            return len(found) == count and all(health(each) == "healthy" for each in found)
        eventually(f"{count} healthy containers of {service}", probe, seconds)

    def url(self, service, port):
        """Where one of its ports is reached from here."""
        container = self.containers(service)[0]
        return "http://" + docker("port", container, str(port)).splitlines()[0]

    @property
    def site(self):
        return self.url("nginx", 8080)

    def request(self, method, url, headers=None, body=None):
        """Status, headers and body; an answer of any status is an answer."""
        request = urllib.request.Request(
            url, data=body, method=method, headers={"Accept": "application/json", **self.login, **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def prometheus(self, path):
        with urllib.request.urlopen(self.url("prometheus", 9090) + path, timeout=10) as answer:
            return json.load(answer)["data"]

    def log(self, service):
        return "".join(
            done.stdout + done.stderr for container in self.containers(service, running=False)
            for done in [run(DOCKER, "logs", container)])


def health(container):
    return docker("inspect", "-f", "{{.State.Health.Status}}", container)


def crash(container):
    """SIGKILL to the program, not to the container: the engine restarts it, as after any crash."""
    script = 'for p in /proc/[0-9]*; do if [ "$(cat $p/comm)" = tussock ]; then kill -9 ${p#/proc/}; fi; done'
    docker("exec", container, "bash", "-c", script, check=False)


def megabytes(count):
    return f"{count / 1e6:.1f} MB"


def image_size(image="tussock"):
    layers = docker("history", "--no-trunc", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", image)
    sizes = [(int(re.match(r"\d+", line).group()), line) for line in layers.splitlines()]
    total = int(docker("image", "inspect", "-f", "{{.Size}}", image))
    program = sum(size for size, line in sizes if "/usr/local/bin/tussock" in line)
    return total, program
