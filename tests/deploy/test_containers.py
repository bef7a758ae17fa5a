"""The image and the compose file, as far as they can be read without an engine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from fnmatch import fnmatch
from pathlib import Path

import click
import pytest

from tests.deploy.containers import (
    COMPOSE,
    DEPLOY,
    DOCKERFILE,
    EXAMPLE,
    OURS,
    Json,
    image_command,
    image_health,
    instructions,
    required,
    services,
)
from ticketcore_bootstrap import backends, read_settings
from ticketcore_cli.main import main
from ticketcore_codes import new_private_key

GIVEN = {
    "POSTGRES_PASSWORD": "a-password",
    "REDIS_PASSWORD": "another-password",
    "TICKETCORE_ADMIN_KEY": "an-admin-key-from-outside",
    "TICKETCORE_SIGNING_KEY": new_private_key(),
}
HARMLESS = {"TICKETCORE_PORT": "8000"}


@pytest.fixture
def compose() -> dict[str, Json]:
    return services(GIVEN)


def parsed(arguments: list[str]) -> Json:
    """Return the options of a command line that the CLI understands."""
    command: click.Command = main
    rest = list(arguments)
    while isinstance(command, click.Group):
        command = command.commands[rest.pop(0)]
    return command.make_context("ticketcore", rest).params


def asked(health: list[str]) -> tuple[int, str]:
    """Return the port and the path that a health check asks for; its Python has to compile."""
    assert health[:2] == ["python", "-c"]
    compile(health[2], "health check", "exec")
    (port, path), *more = re.findall(r"http://127\.0\.0\.1:(\d+)(/[\w/]+)", health[2])
    assert not more
    return int(port), path


# The image


def test_hadolint_finds_nothing() -> None:
    """Nothing in the Dockerfile is known to be unwise."""
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    ended = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (0, "")


def test_the_image_serves() -> None:
    """Its command is one that the CLI understands, on the port that is exposed and that its health check asks."""
    assert image_command("ENTRYPOINT") == ["ticketcore"]
    options = parsed(image_command("CMD"))

    assert (options["host"], options["port"]) == ("0.0.0.0", 8000)
    assert instructions("EXPOSE") == ["8000"]
    assert asked(image_health()) == (8000, "/health/live")


def test_the_image_does_not_run_as_root() -> None:
    """A number, which an orchestrator can see is not root, and which owns the data directory alone."""
    (user,) = instructions("USER")
    owner, group = user.split(":")

    assert int(owner) > 0
    assert f"install --directory --owner={owner} --group={group} --mode=0700 /data" in DOCKERFILE.read_text()
    assert "TICKETCORE_DATA=/data" in DOCKERFILE.read_text()


def test_the_image_holds_no_build_tools() -> None:
    """The last stage takes over what the first one installed, and throws pip away."""
    last = DOCKERFILE.read_text().rpartition("\nFROM ")[2]

    assert instructions("FROM") == ["python:3.13-slim AS build", "python:3.13-slim"]
    assert "pip uninstall --yes pip" in last
    assert "pip install" not in last
    assert re.findall(r"^(?:COPY|ADD) .*$", last, re.MULTILINE) == ["COPY --from=build /opt/ticketcore /opt/ticketcore"]


def test_the_build_sees_what_it_copies_and_no_more() -> None:
    """The ignore file beside the Dockerfile lets these through and shuts everything else out."""
    rules = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    copied = {source for line in instructions("COPY") if "--from" not in line for source in line.split()[:-1]}

    assert rules[0] == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied
    assert all((DEPLOY.parent / source).exists() for source in copied)
    assert any(fnmatch("src/ticketcore/__pycache__", rule) for rule in rules[1:])


# The compose file


def test_the_compose_file_is_one() -> None:
    """The schema of the Compose Specification accepts it."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout


def test_commands_are_understood(compose: dict[str, Json]) -> None:
    """Each of them is one of the CLI, with options that it has and values that it takes."""
    options = {name: parsed(compose[name]["command"]) for name in OURS if "entrypoint" not in compose[name]}

    assert list(options) == ["api", "worker", "sweeper", "migrate"]
    assert (options["api"]["host"], options["api"]["port"]) == ("0.0.0.0", 8000)
    assert options["worker"]["once"] is False
    assert options["sweeper"]["every"] > 0
    # The health check asks from within the container.
    assert options["worker"]["metrics_host"] == "127.0.0.1"
    assert asked(compose["worker"]["healthcheck"]["test"][1:]) == (options["worker"]["metrics_port"], "/health/live")


def test_settings_are_understood(compose: dict[str, Json]) -> None:
    """Every container of ours has the same, and they name the other containers."""
    (environment,) = {tuple(compose[name]["environment"].items()) for name in OURS}
    settings = read_settings(dict(environment))

    assert settings.database_url.endswith("@postgres:5432/ticketcore")
    assert settings.inventory == backends.Redis(f"redis://:{GIVEN['REDIS_PASSWORD']}@redis:6379/0")
    assert settings.queue == backends.Sqs("http://aws:4566/000000000000/payments")
    assert settings.files == backends.S3("ticketcore-images")
    assert settings.mail == backends.Ses("tickets@example.com")
    assert settings.public_url == "http://127.0.0.1:8000"


def test_only_the_service_can_be_reached_and_from_this_machine_alone(compose: dict[str, Json]) -> None:
    """No other container has a port outside."""
    published = {name: service["ports"] for name, service in compose.items() if "ports" in service}

    assert published == {"api": ["127.0.0.1:8000:8000"]}
    assert not any("network_mode" in service or "privileged" in service for service in compose.values())


def test_no_secret_has_a_value() -> None:
    """All of them have to be set: the example names each and sets none."""
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    example = dict(line.split("=", 1) for line in lines)

    assert example == dict.fromkeys(required(), "") | HARMLESS
    assert required() == set(GIVEN)
    assert ".env" in (DEPLOY / ".gitignore").read_text()


def test_containers_of_ours_cannot_do_much(compose: dict[str, Json]) -> None:
    """They write to memory alone and have no rights beyond a user's."""
    for name in OURS:
        service = compose[name]
        assert service["read_only"] is True
        assert service["tmpfs"] == ["/tmp"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert all(volume.endswith(":ro") for volume in service.get("volumes", []))


def test_nothing_starts_before_what_it_needs(compose: dict[str, Json]) -> None:
    """The schema, the queue and the bucket are there first; whatever ends is started again, except what runs once."""
    conditions = {
        name: {needed: how["condition"] for needed, how in compose[name]["depends_on"].items()} for name in OURS
    }
    running = {
        "migrate": "service_completed_successfully",
        "places": "service_completed_successfully",
        "redis": "service_healthy",
    }

    assert conditions == {
        **dict.fromkeys(("api", "worker", "sweeper"), running),
        "migrate": {"postgres": "service_healthy"},
        "places": {"aws": "service_healthy"},
    }
    once = {name for name, service in compose.items() if service["restart"] == "no"}
    assert once == {"migrate", "places"}
    assert {service["restart"] for name, service in compose.items() if name not in once} == {"unless-stopped"}
    assert all("test" in compose[name]["healthcheck"] for name in ("postgres", "redis", "aws"))


def test_other_containers_cannot_do_much_either(compose: dict[str, Json]) -> None:
    """None gains rights, and those that hold data run as users of their own and write there alone."""
    others = set(compose) - set(OURS)
    assert others == {"postgres", "redis", "aws"}
    for name in others:
        assert compose[name]["cap_drop"] == ["ALL"]
        assert compose[name]["security_opt"] == ["no-new-privileges:true"]
    for name in ("postgres", "redis"):
        assert compose[name]["read_only"] is True
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", compose[name]["user"])


def test_no_password_is_part_of_a_command(compose: dict[str, Json]) -> None:
    """Every user of the machine sees the words of a command."""
    secrets = {GIVEN[name] for name in required()}
    for service in compose.values():
        words = json.dumps([service.get("command"), service.get("entrypoint"), service.get("healthcheck")])
        assert not [secret for secret in secrets if secret in words]


def test_the_counter_takes_its_settings_from_the_shells_text(compose: dict[str, Json], tmp_path: Path) -> None:
    """What the container's shell hands to the server is a password and nothing on disk."""
    shell, option, script = compose["redis"]["command"]
    fake = tmp_path / "valkey-server"
    fake.write_text("#!/bin/sh\ncat\n")
    fake.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "REDISCLI_AUTH": "a-password"}
    done = subprocess.run(
        [shell, option, script.replace("$$", "$")], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == 'save ""\nappendonly no\nrequirepass a-password\n'
