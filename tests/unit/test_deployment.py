"""What deploys khabar: every file parses, every image is pinned, every name is one we have."""

from __future__ import annotations

import inspect
import json
import re
from configparser import RawConfigParser
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.core import CollectorRegistry

from ingest.cli.commands import load_command
from ingest.embedded import revive_services
from ingest.embedded.postgres import INIT_SECONDS
from ingest.settings import Settings, variable_of
from ingest.storage.status import FleetFigures
from workers.figures import GAUGES, PREFIX, Fleet, Processes, Totals

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
KUBERNETES = list(yaml.safe_load_all((ROOT / "deploy/kubernetes/khabar.yaml").read_text("utf-8")))
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboards/khabar.json").read_text("utf-8"))
RULES = yaml.safe_load((ROOT / "deploy/prometheus/khabar.rules.yml").read_text("utf-8"))
SCRAPE = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
FILES = [
    ROOT / "docker-compose.yml",
    ROOT / "Dockerfile",
    ROOT / "deploy/kubernetes/khabar.yaml",
    ROOT / "deploy/systemd/khabar.env.example",
    *UNITS,
]
VARIABLES = {variable_of(name) for name in Settings.model_fields}
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+[\w.-]*")
# The keys of a service that the Compose Specification names and we use.
SERVICE_KEYS = {
    "build",
    "image",
    "restart",
    "init",
    "read_only",
    "tmpfs",
    "cap_drop",
    "security_opt",
    "environment",
    "command",
    "volumes",
    "healthcheck",
    "depends_on",
    "profiles",
    "ports",
    "shm_size",
    "stop_grace_period",
}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
NAMED = re.compile(r"\bKHABAR_[A-Z_]+\b")
TOLD_TO_ALERTS = "KHABAR_TROUBLE_"


def read_unit(path):
    """Return a unit's sections; systemd's files may name a key more than once."""
    unit = RawConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    unit.optionxform = str
    unit.read_string(path.read_text("utf-8"))
    return unit


class QuietFleet(Fleet):
    """A fleet in which nothing goes on."""

    def look(self):
        nothing = {name: 0 if name in GAUGES else {} for name in FleetFigures.__slots__}
        return FleetFigures(**nothing), None


def measures():
    """Return the name of everything that /metrics can show."""
    fleet = QuietFleet(Settings())
    registry = CollectorRegistry(auto_describe=False)
    for figures in (Totals(), Processes(list), fleet):
        registry.register(figures)
    shown = generate_latest(registry).decode()
    return set(re.findall(r"^# TYPE (\S+)", shown, re.MULTILINE))


def services_of_ours():
    return {
        name: service
        for name, service in COMPOSE["services"].items()
        if service["image"].startswith("khabar:")
    }


# ── Compose ─────────────────────────────────────────────────────────────────────────────


def test_every_service_of_compose_is_well_formed():
    for name, service in COMPOSE["services"].items():
        assert set(service) <= SERVICE_KEYS, name
        assert isinstance(service.get("command", []), list), name
        depends = service.get("depends_on", {})
        assert set(depends) <= set(COMPOSE["services"]), name
        if isinstance(depends, dict):
            assert {one["condition"] for one in depends.values()} <= CONDITIONS, name
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).exists(), volume


def test_who_is_waited_for_to_be_healthy_says_whether_it_is():
    for service in COMPOSE["services"].values():
        depends = service.get("depends_on", {})
        for name, one in depends.items() if isinstance(depends, dict) else ():
            if one["condition"] == "service_healthy":
                assert "test" in COMPOSE["services"][name]["healthcheck"]


def test_every_image_is_pinned():
    images = [service["image"] for service in COMPOSE["services"].values()]
    images += re.findall(r"image: (\S+)", json.dumps(KUBERNETES).replace('"', ""))
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)

    assert [image for image in images if not PINNED.match(image.rstrip(",}"))] == []


def test_nothing_but_what_a_person_looks_at_is_published_and_that_on_loopback():
    published = [port for one in COMPOSE["services"].values() for port in one.get("ports", [])]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_our_containers_may_write_nowhere_and_are_nobody_special():
    for service in services_of_ours().values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^USER khabar$", dockerfile, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", dockerfile, re.MULTILINE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_variable_is_a_setting(path):
    named = set(NAMED.findall(path.read_text("utf-8")))

    assert named
    assert {name for name in named - VARIABLES if not name.startswith(TOLD_TO_ALERTS)} == set()


def test_every_command_of_ours_exists():
    asked = [service["command"] for service in services_of_ours().values()]
    asked += [
        container["args"]
        for one in KUBERNETES
        if one["kind"] != "ConfigMap"
        for container in one["spec"]["template"]["spec"]["containers"]
    ]
    asked += [read_unit(unit)["Service"]["ExecStart"].split()[1:] for unit in UNITS]

    for first, *rest in asked:
        found = load_command(first)
        for word in rest:
            if not word.startswith("-"):
                found = found.commands[word]


# ── Kubernetes ──────────────────────────────────────────────────────────────────────────


def test_kubernetes_gets_its_names_right():
    by_name = {(one["kind"], one["metadata"]["name"]): one for one in KUBERNETES}
    assert ("ConfigMap", "khabar") in by_name
    for (kind, name), one in by_name.items():
        if kind == "ConfigMap":
            assert all(isinstance(value, str) for value in one["data"].values())
            continue
        template = one["spec"]["template"]
        if kind == "Deployment":
            assert one["spec"]["selector"]["matchLabels"] == template["metadata"]["labels"], name
        (container,) = template["spec"]["containers"]
        volumes = {volume["name"] for volume in template["spec"]["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        ports = {port["name"] for port in container.get("ports", [])}
        for probe in ("livenessProbe", "readinessProbe"):
            if kind == "Deployment":
                assert container[probe]["httpGet"]["port"] in ports


# ── systemd ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_sandboxed_watched_and_ended_in_order(path):
    unit = read_unit(path)
    service = unit["Service"]

    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) > 3
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["User"] != "root"
    assert service["KillMode"] == "mixed"
    assert f"/var/lib/{service['StateDirectory']}" in service["Environment"]
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_up_is_given_the_time_that_its_servers_may_take():
    service = read_unit(ROOT / "deploy/systemd/khabar.service")["Service"]
    a_start = inspect.signature(revive_services).parameters["start_timeout"].default

    assert int(service["WatchdogSec"]) > 2 * a_start  # Postgres' and Valkey's, one after the other
    assert service["TimeoutStartSec"] == "30min"
    assert INIT_SECONDS + 2 * a_start < 30 * 60


def test_only_the_process_that_systemd_started_speaks_where_there_is_one_daemon():
    for name, access in (("khabar", "all"), ("khabar-worker", "main"), ("khabar-beat", "main")):
        unit = read_unit(ROOT / f"deploy/systemd/{name}.service")
        assert unit["Service"]["NotifyAccess"] == access


def test_workers_and_beat_of_one_machine_answer_on_two_ports():
    beat = (ROOT / "deploy/systemd/khabar-beat.service").read_text("utf-8")
    taken = Settings.model_fields["metrics_address"].default

    (address,) = re.findall(r"^Environment=KHABAR_METRICS_ADDRESS=(\S+)$", beat, re.MULTILINE)

    assert address != taken


# ── Prometheus and Grafana ──────────────────────────────────────────────────────────────


def named_measures(expressions):
    """Return our measures in expressions, without the suffixes that Prometheus' types have."""
    found = re.findall(rf"\b{PREFIX}\w+", " ".join(expressions))
    return {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in found}


def test_every_measure_on_the_dashboard_and_in_the_rules_is_one_of_ours():
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
    asked += [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]
    ours = {re.sub(r"_total$", "", name) for name in measures()}

    assert named_measures(asked) - ours == set()
    assert ours - named_measures(asked) == set()  # what nobody looks at need not be measured


def test_the_dashboard_has_no_holes_and_no_overlaps():
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_prometheus_asks_where_compose_answers():
    (job,) = SCRAPE["scrape_configs"]
    (found,) = job["dns_sd_configs"]

    assert set(found["names"]) <= set(COMPOSE["services"])
    for name in found["names"]:
        address = COMPOSE["services"][name]["environment"]["KHABAR_METRICS_ADDRESS"]
        assert address == f"0.0.0.0:{found['port']}"
    mounted = " ".join(COMPOSE["services"]["prometheus"]["volumes"])
    assert all(rules in mounted for rules in SCRAPE["rule_files"])
