"""What Prometheus and the logs say."""

import json
import urllib.parse

from .cluster import crash, docker, eventually, expect


def scraped(cluster):
    def probe():
        targets = cluster.prometheus("/api/v1/targets")["activeTargets"]
        return len(targets) == 5 and all(target["health"] == "up" for target in targets)
    eventually("five targets, all up", probe, 90)
    groups = cluster.prometheus("/api/v1/rules")["groups"]
    rules = [rule["name"] for group in groups for rule in group["rules"]]
    broken = [rule["name"] for group in groups for rule in group["rules"] if rule["health"] == "err"]
    expect(not broken, f"rules that cannot be evaluated: {broken}")
    expect("TussockFinalizerLost" in rules and len(rules) > 10, f"the rules are {rules}")
    return f"Prometheus scrapes 3 front nodes and 2 finalizers and has {len(rules)} rules"


def alerts(cluster, state="firing"):
    return {alert["labels"]["alertname"] for alert in cluster.prometheus("/api/v1/alerts")["alerts"]
            if alert["state"] == state}


def finalizer_lost(cluster):
    """One dies and stays away: a ticket. All do: a page. They come back: quiet, but for the memory of the death."""
    first, second = cluster.containers("finalizer")
    docker("kill", first)
    eventually("TussockFinalizerLost", lambda: "TussockFinalizerLost" in alerts(cluster), 180)
    expect("TussockNoFinalizer" not in alerts(cluster), "one finalizer is left, yet TussockNoFinalizer fires")
    docker("kill", second)
    eventually("TussockNoFinalizer", lambda: "TussockNoFinalizer" in alerts(cluster), 180)
    docker("start", first, second)
    cluster.healthy("finalizer", 2)
    eventually("TussockNoFinalizer to end", lambda: "TussockNoFinalizer" not in alerts(cluster), 60)
    return "a dead finalizer raises TussockFinalizerLost, the death of all TussockNoFinalizer; both in under 3 minutes"


# Expressions that say nothing as long as all is well.
SILENT = {"max(tussock_queue_paused) > 0"}


def dashboard(cluster):
    """Whatever the Grafana dashboard asks Prometheus for is there."""
    with open("docker/grafana-dashboard.json") as file:
        panels = json.load(file)["panels"]
    asked = [(panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", [])]
    total = 0
    for title, expression in asked:
        query = expression.replace("$instance", ".*").replace("$__rate_interval", "1m")
        path = "/api/v1/query?" + urllib.parse.urlencode({"query": query})

        def series():
            return len(cluster.prometheus(path)["result"])
        # A rate needs two looks at a node that may just have come back.
        total += series() if expression in SILENT else eventually(f"{title}: a series for {expression}", series)
    instances = cluster.prometheus(
        "/api/v1/label/instance/values?" + urllib.parse.urlencode({"match[]": "tussock_build_info"}))
    expect(len(instances) >= 5, f"the dashboard's instances are {instances}")
    return f"each of the dashboard's {len(asked)} expressions gives series, {total} together"


def logs(cluster):
    """Only what an operator must act on is an error, and no password is in any line."""
    count, errors = 0, []
    for service in ("front", "finalizer", "migrate"):
        text = cluster.log(service)
        expect(cluster.password not in text, f"the log of {service} has the password")
        for line in text.splitlines():
            count += 1
            if line.startswith("{") and json.loads(line).get("level") == "error":
                errors.append(line)
    expect(not errors, f"{len(errors)} errors, such as {errors[:1]}")
    return f"no error and no password in {count} lines"
