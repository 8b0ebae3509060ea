"""The container files say what the program knows: its commands, settings, ports and limits; the locks agree."""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import facade.config
import services.config
from services import cli, server
from services.engine import LAST_WRITES_SECONDS

# In the compose file: ${NAME}, ${NAME:-default} and ${NAME:?message}.
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
PARTS = ("migrate", "server-1", "server-2", "facade-1", "facade-2", "worker")
KNOWN = {"facade": facade.config.Settings, "serve": services.config.Settings}


@pytest.fixture(scope="module")
def compose(repository: Path) -> dict[str, Any]:
    return yaml.safe_load((repository / "deploy/compose.yaml").read_text())


@pytest.fixture(scope="module")
def dockerfile(repository: Path) -> str:
    return (repository / "deploy/Dockerfile").read_text().replace("\\\n", " ")


@pytest.fixture(scope="module")
def image(dockerfile: str) -> dict[str, str]:
    """Give the environment that the image sets."""
    pairs = [pair for line in re.findall(r"^ENV (.*)$", dockerfile, re.MULTILINE) for pair in shlex.split(line)]
    return dict(pair.split("=", 1) for pair in pairs)


def filled(text: str) -> str:
    """Fill in what .env would say, or the defaults."""
    return VARIABLE.sub(lambda found: found[3] if found[2] == "-" else "0123456789abcdef" * 4, text)


def environment(compose: dict[str, Any], part: str) -> dict[str, str]:
    return {name: filled(text) for name, text in compose["services"][part].get("environment", {}).items()}


def port(address: str) -> str:
    return address.rpartition(":")[2]


def probe_of(compose: dict[str, Any], dockerfile: str, part: str) -> list[str]:
    check = compose["services"][part].get("healthcheck")
    if check is not None:
        return check["test"]
    [command] = re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", dockerfile, re.MULTILINE)
    return ["CMD", *json.loads(command)]


def test_every_part_is_there(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"postgres", *PARTS}
    commands = [compose["services"][part]["command"][0] for part in PARTS]
    assert commands == ["migrate", "serve", "serve", "facade", "facade", "work"]


@pytest.mark.parametrize("part", PARTS)
def test_each_command_is_one_of_the_program(compose: dict[str, Any], dockerfile: str, part: str) -> None:
    assert 'ENTRYPOINT ["promptwire"]' in dockerfile
    assert cli._parser().parse_args(compose["services"][part]["command"]).command
    [default] = re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)
    assert cli._parser().parse_args(json.loads(default)).command


@pytest.mark.parametrize("part", PARTS)
def test_each_variable_is_a_setting_of_its_process_and_has_a_value_that_it_takes(
    compose: dict[str, Any], image: dict[str, str], part: str
) -> None:
    kind = KNOWN.get(compose["services"][part]["command"][0], services.config.Settings)
    given = environment(compose, part)
    names = {name.removeprefix("PROMPTWIRE_").lower() for name in given if name.startswith("PROMPTWIRE_")}
    assert names
    assert names <= set(kind.model_fields)
    everything = {name.removeprefix("PROMPTWIRE_").lower(): text for name, text in (image | given).items() if text}
    kind(**everything)


def test_the_images_variables_are_settings(image: dict[str, str]) -> None:
    names = {name.removeprefix("PROMPTWIRE_").lower() for name in image if name.startswith("PROMPTWIRE_")}
    assert names == {"grpc", "http", "metrics"}
    assert names <= set(services.config.Settings.model_fields)


def test_ports_agree(compose: dict[str, Any], dockerfile: str, image: dict[str, str]) -> None:
    grpc, http, metrics = (port(image[f"PROMPTWIRE_{name}"]) for name in ("GRPC", "HTTP", "METRICS"))
    assert re.findall(r"^EXPOSE (.*)$", dockerfile, re.MULTILINE) == [f"{grpc} {http} {metrics}"]
    published = {part: [port(entry) for entry in compose["services"][part].get("ports", ())] for part in PARTS}
    assert published["server-1"] == published["server-2"] == [grpc]
    assert published["facade-1"] == published["facade-2"] == [http]
    outside = [entry.rpartition(":")[0] for part in PARTS for entry in compose["services"][part].get("ports", ())]
    assert len(outside) == len(set(outside)) == 4
    for part in ("facade-1", "facade-2"):
        assert f"127.0.0.1:{http}/readyz" in probe_of(compose, dockerfile, part)[-1]
        outer = compose["services"][part]["ports"][0].rpartition(":")[0]
        assert environment(compose, part)["PROMPTWIRE_PUBLIC_URL"] == f"http://{outer}"
    for part in ("server-1", "server-2", "worker"):
        assert f"127.0.0.1:{metrics}/metrics" in probe_of(compose, dockerfile, part)[-1]


def test_the_facades_call_both_servers(compose: dict[str, Any], image: dict[str, str]) -> None:
    for part in ("facade-1", "facade-2"):
        assert environment(compose, part)["PROMPTWIRE_GRPC_TARGET"] == f"dns:///server:{port(image['PROMPTWIRE_GRPC'])}"
    for part in ("server-1", "server-2"):
        assert compose["services"][part]["networks"]["default"]["aliases"] == ["server"]


@pytest.mark.parametrize("part", PARTS)
def test_a_probe_is_python_that_compiles(compose: dict[str, Any], dockerfile: str, part: str) -> None:
    if compose["services"][part].get("healthcheck") == {"disable": True}:
        assert part == "migrate"
        return
    kind, *command, source = probe_of(compose, dockerfile, part)
    assert (kind, command) == ("CMD", ["python", "-c"])
    compile(source, part, "exec")


def test_the_metric_of_the_probe_is_one_that_a_server_shows(dockerfile: str) -> None:
    [metric] = set(re.findall(r"promptwire_\w+", dockerfile.partition("HEALTHCHECK")[2])) - {"promptwire"}
    shown = server.telemetry.Metrics().registry
    assert shown.get_sample_value(metric) == 0.0


@pytest.mark.parametrize("part", [part for part in PARTS if part != "migrate"])
def test_a_container_is_killed_only_after_its_grace(compose: dict[str, Any], part: str) -> None:
    grace = float(environment(compose, part)["PROMPTWIRE_GRACE"])
    limit = float(compose["services"][part]["stop_grace_period"].removesuffix("s"))
    assert limit > server.NOTICE_SECONDS + 2 * max(grace, LAST_WRITES_SECONDS) + LAST_WRITES_SECONDS


def test_secrets_come_from_the_environment_and_have_no_default(repository: Path, compose: dict[str, Any]) -> None:
    text = (repository / "deploy/compose.yaml").read_text()
    used = {found[1]: found[2] for found in VARIABLE.finditer(text)}
    assert {name for name, operator in used.items() if operator == "?"} == {"POSTGRES_PASSWORD", "PROMPTWIRE_SECRET"}
    example = (repository / "deploy/env.example").read_text()
    assert set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) == set(used)
    assert re.findall(r"^[A-Z_]+=(.+)$", example, re.MULTILINE) == []
    assert "/deploy/.env\n" in (repository / ".gitignore").read_text()


def test_the_image_is_built_of_what_the_wheel_holds(repository: Path, dockerfile: str) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())
    build = dockerfile.partition("FROM python:${PYTHON}-slim\n")[0]
    copied = {
        source for line in re.findall(r"^COPY (?!--from)(.*)$", build, re.MULTILINE) for source in line.split()[:-1]
    }
    packages = {package.split("/")[0] for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]}
    assert packages <= copied
    assert {*project["project"]["license-files"], project["project"]["readme"]} <= copied
    assert [source for source in copied if not (repository / source).exists()] == []
    allowed = re.findall(r"^!(.*)$", (repository / ".dockerignore").read_text(), re.MULTILINE)
    named = {source for source in copied if not source.startswith("console/")}
    assert {path.name for pattern in allowed for path in repository.glob(pattern)} == named


def test_the_lock_of_the_image_is_a_part_of_the_whole_one(repository: Path) -> None:
    whole = dict(PIN.findall((repository / "requirements.lock").read_text()))
    text = (repository / "requirements-serve.lock").read_text()
    served = dict(PIN.findall(text))
    project = tomllib.loads((repository / "pyproject.toml").read_text())
    wanted = {re.split(r"[\[>=<;~! ]", entry)[0] for entry in project["project"]["dependencies"]}
    assert wanted <= set(served)
    assert served.items() <= whole.items()
    embedded = {entry.split("=")[0].split(">")[0] for entry in project["project"]["optional-dependencies"]["embedded"]}
    assert not embedded & set(served)
    assert len(served) < len(whole) / 2
    assert "://" not in text
