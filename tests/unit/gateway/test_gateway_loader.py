"""Where the values of secrets come from, and what functions are told of the gateway's environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.config.function_file import SecretSource
from edge.config.model import Config, PackagesConfig
from edge.errors import CallerError
from edge.gateway import secret_values
from edge.gateway.loader import _telemetry
from edge.gateway.secret_values import secret_value


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where secrets are mounted."""
    mounted = tmp_path / "secrets"
    (mounted / "db").mkdir(parents=True)
    monkeypatch.setattr(secret_values, "SECRET_FOLDERS", (mounted,))
    return mounted


def test_a_file_wins_over_a_variable(folder: Path) -> None:
    """Without the newline at its end, of which editors make one."""
    (folder / "KEY").write_text("file\n\n")
    assert secret_value("KEY", "f", {"KEY": "variable"}) == "file\n"
    assert secret_value("OTHER", "f", {"OTHER": "variable"}) == "variable"


def test_a_variable_may_name_a_file(folder: Path, tmp_path: Path) -> None:
    """As images with secrets have it: NAME_FILE."""
    del folder
    (tmp_path / "elsewhere").write_text("there\n")
    assert secret_value("KEY", "f", {"KEY_FILE": str(tmp_path / "elsewhere")}) == "there"


def test_keys_of_a_mounted_secret(folder: Path) -> None:
    """As Kubernetes mounts them: a folder for each secret, a file for each key; then the variable's name counts."""
    (folder / "db" / "password").write_text("hunter2")
    (folder / "token").write_text("t")
    assert secret_value("DB", "f", {"DB": "no"}, SecretSource("db", "password")) == "hunter2"
    assert secret_value("TOKEN", "f", {}, SecretSource("token")) == "t"
    assert secret_value("DB", "f", {"DB": "variable"}, SecretSource("db", "absent")) == "variable"


@pytest.mark.parametrize(
    ("source", "place"), [(None, "/KEY"), (SecretSource("db", "key"), "/db/key"), (SecretSource("db"), "/db")]
)
def test_a_secret_without_a_value_says_where_it_was_looked_for(
    folder: Path, source: SecretSource | None, place: str
) -> None:
    """The function and its file are named, no value is."""
    with pytest.raises(CallerError) as caught:
        secret_value("KEY", "f", {"OTHER": "hunter2"}, source)
    assert all(
        part in str(caught.value) for part in ("function f", "KEY_FILE", f"{folder}{place}, or edge secrets set KEY)")
    )
    assert "hunter2" not in str(caught.value)


def test_the_gateways_own_variables_are_no_secrets(folder: Path) -> None:
    """A package that asks for the admin token by name does not get it."""
    del folder
    with pytest.raises(CallerError, match="gateway's own"):
        secret_value("EDGE_ADMIN_TOKEN", "f", {"EDGE_ADMIN_TOKEN": "hunter2"})


@pytest.mark.parametrize(("store", "own"), [("s3://b/p", True), ("file:///p", False), ("", False), ("gs://b", False)])
def test_what_opens_the_package_store_is_no_secret(folder: Path, store: str, *, own: bool) -> None:
    """While the gateway uses it; a mounted file of that name is the function's."""
    config = Config(packages=PackagesConfig(store=store))
    names, environ = ["AWS_SECRET_ACCESS_KEY"], {"AWS_SECRET_ACCESS_KEY": "hunter2"}
    if own:
        with pytest.raises(CallerError, match="gateway's own") as caught:
            secret_values.secret_values(config, "f", names, {}, environ)
        assert "hunter2" not in str(caught.value)
        (folder / names[0]).write_text("the function's")
    assert secret_values.secret_values(config, "f", names, {}, environ) == {
        names[0]: "the function's" if own else "hunter2"
    }


@pytest.mark.parametrize(
    ("endpoint", "given"),
    [("http://collector:4318", "http://collector:4318"), ("https://me:hunter2@collector", None), ("", None)],
)
def test_the_collector_of_traces_is_told(endpoint: str, given: str | None) -> None:
    """Unless its address holds a password."""
    name = "OTEL_EXPORTER_OTLP_ENDPOINT"
    assert _telemetry({name: endpoint}).get(name) == given
