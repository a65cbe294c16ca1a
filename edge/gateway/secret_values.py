"""Values of secrets: from mounted files, from the environment, or from the encrypted file of `edge secrets`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge.errors import CallerError, OutsideError
from edge.services.secrets.file import FILE, SecretFile
from edge.services.secrets.sealed import read_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from edge.config.function_file import SecretSource
    from edge.config.model import Config

KEY = "EDGE_SECRETS_KEY"
SECRET_FOLDERS = (Path("/run/secrets"),)
"""Where orchestrators mount secrets, one file each."""
STORE_VARIABLES = {"s3": ("AWS_",), "gs": ("GOOGLE_",), "az": ("AZURE_",)}
"""What gets the gateway at its packages, by the scheme of `packages.store`."""


def secrets_path(config: Config) -> Path:
    """The file, whether it is there or not."""
    return config.path(config.storage.data_dir) / FILE


def secret_file(config: Config, environ: Mapping[str, str]) -> SecretFile | None:
    """The secrets that a config has, None without a key.  Raises CallerError for what is no key, OutsideError."""
    if config.storage.secrets_key_file:
        try:
            text = config.path(config.storage.secrets_key_file).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise OutsideError(f"the file of storage.secrets_key_file cannot be read: {reason}") from error
    else:
        text = environ.get(KEY, "")
    return SecretFile(secrets_path(config), read_key(text)) if text.strip() else None


def secret_values(
    config: Config, function: str, names: Sequence[str], sources: Mapping[str, SecretSource], environ: Mapping[str, str]
) -> dict[str, str]:
    """The values of a function's secrets.  Raises CallerError for one that has none, OutsideError."""
    if not names:
        return {}
    file = secret_file(config, environ)
    stored = file.get if file is not None else lambda _name, _function: None
    own = ("EDGE_", *STORE_VARIABLES.get(config.packages.store.partition("://")[0], ()))
    return {name: secret_value(name, function, environ, sources.get(name), stored, own) for name in names}


def secret_value(
    secret: str,
    function: str,
    environ: Mapping[str, str],
    source: SecretSource | None = None,
    stored: Callable[[str, str], str | None] = lambda _name, _function: None,
    own: tuple[str, ...] = ("EDGE_",),
) -> str:
    """The value of a secret, from where `source` says or from what is called like its variable.

    A mounted file, a variable of the gateway's environment, the file that the variable NAME_FILE names, or what is
    `stored` for the function ("": for the gateway itself).  Variables that begin with one of `own` are the gateway's:
    a package may name any secret that it likes.  Raises CallerError.
    """
    whose = f"function {function}: " if function else ""
    places = [(source.name, source.key)] if source else []
    for name, key in [*places, (secret, "")]:
        for folder in SECRET_FOLDERS:
            value = _content(folder / name / key if key else folder / name)
            if value is not None:
                return value
    if secret.startswith(own):
        hint = f"mount another value as the file {SECRET_FOLDERS[0]}/{secret}, or take another name"
        raise CallerError(f"{whose}{secret} is the gateway's own, no secret of functions", hint=hint)
    if secret in environ:
        return environ[secret]
    named = environ.get(f"{secret}_FILE")
    value = _content(Path(named)) if named else stored(secret, function)
    if value is not None:
        return value
    place = f"{SECRET_FOLDERS[0]}/{source.name}/{source.key}".rstrip("/") if source else f"{SECRET_FOLDERS[0]}/{secret}"
    raise CallerError(
        f"{whose}the secret {secret} has no value",
        hint=f"set the variable {secret} or {secret}_FILE, mount it as the file {place}, or edge secrets set {secret}",
    )


def _content(file: Path) -> str | None:
    """What a file holds, without a newline at its end; None when it cannot be read."""
    try:
        return file.read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError, ValueError):
        return None
