"""The settings of the gRPC server, from the environment. README's table is held equal to this by a test."""

import os
import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:]+\]|[^:\s]*):[0-9]{1,5}")
_DSN = re.compile(r"postgres(ql)?://([^/?#]*@)?(\[[0-9A-Fa-f:.]+\]|[^@:/?#,]*)(:[0-9]+)?(,[^@/?#]*)?([/?].*)?")


def _check_address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or int(text.rpartition(":")[2]) > 65535:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:8080, with a port up to 65535")
    return text


Address = Annotated[str, AfterValidator(_check_address)]


def _check_dsn(secret: SecretStr) -> SecretStr:
    """Refuse what asyncpg cannot take apart, in words that do not hold the password."""
    if not _DSN.fullmatch(secret.get_secret_value()):
        raise ValueError(
            "must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with / ? # and @ in the password percent-encoded"
        )
    return secret


Dsn = Annotated[SecretStr, AfterValidator(_check_dsn)]


def _split(text: object) -> object:
    return [part.strip() for part in text.split(",") if part.strip()] if isinstance(text, str) else text


Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_split)]


Seconds = Annotated[tuple[Annotated[float, Field(ge=0, le=7 * 86400)], ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """What the environment says, each name with the prefix PROMPTWIRE_. A wrong value is refused at the start."""

    model_config = SettingsConfigDict(env_prefix="PROMPTWIRE_", env_ignore_empty=True, extra="ignore", frozen=True)

    data: Path | None = Field(None, description="Where `up` keeps its data. Default: a state directory of the user.")
    http: Address = Field("127.0.0.1:8080", description="Where the facade listens for REST.")
    grpc: Address = Field("127.0.0.1:50051", description="Where the gRPC server listens.")
    grpc_target: str | None = Field(None, description="The gRPC server that the facade and the command's clients call.")
    grpc_ca: Path | None = Field(
        None, description="Certificates (PEM) to trust when calling the gRPC server; turns TLS on."
    )
    key: SecretStr | None = Field(
        None, description="The secret that `promptwire run`, `export`, `import`, `prompt` and `flow` call with."
    )
    metrics: Address = Field("127.0.0.1:9464", description="Where the gRPC server shows its Prometheus metrics.")
    database_url: Dsn | None = Field(
        None, description="The Postgres to use, as `postgresql://...`. Default: the embedded one, with `up`."
    )
    database_pool: int = Field(10, ge=1, le=1000, description="Connections to Postgres of one server, at most.")
    secret: SecretStr | None = Field(
        None, min_length=32, description="Derives regenerated secrets; the same on all servers. `up` makes one."
    )
    secret_previous: SecretStr | None = Field(
        None, min_length=32, description="The secret before, while it is being replaced."
    )
    public_url: str | None = Field(
        None, pattern=r"^https?://", description="The URL that callers reach the facade by. Default: its own address."
    )
    config: Path | None = Field(None, description="The file that names providers and models, `promptwire.toml`.")
    default_model: str | None = Field(None, description="The model that is asked when none is named.")
    default_image_model: str | None = Field(None, description="The model that is asked for images when none is named.")
    tls_cert: Path | None = Field(None, description="Certificate chain (PEM) of the gRPC server; turns TLS on.")
    tls_key: Path | None = Field(None, description="Private key (PEM) of the gRPC server.")
    run_timeout: float = Field(300, gt=0, description="Seconds that a run may last.")
    input_limit: int = Field(1024 * 1024, gt=0, description="Bytes of text of a version, and of a run's inputs.")
    output_limit: int = Field(8 * 1024 * 1024, gt=0, description="Bytes of a run's output.")
    node_concurrency: int = Field(8, ge=1, description="Nodes of a graph that a run executes at a time.")
    message_limit: int = Field(32 * 1024 * 1024, gt=0, description="Bytes of a gRPC message.")
    grace: float = Field(10, ge=0, description="Seconds that runs under way get to end when the server stops.")
    max_runs: int = Field(256, ge=1, description="Runs that a server drives at a time for callers who wait.")
    max_waiting: int = Field(256, ge=0, description="Callers that may wait until one of those ends; more are refused.")
    worker_runs: int = Field(32, ge=2, description="Runs that a worker drives at a time.")
    outbound_allow: Networks = Field(
        (),
        description="Networks (`10.1.0.0/16,::1/128`) that users' URLs may lead to, http too; else public, https.",
    )
    webhook_gaps: Seconds = Field(
        (0, 5, 15, 60, 300, 900, 3600, 21600, 43200, 86400, 103080),
        min_length=1,
        description="Seconds before each try of a webhook's delivery, by commas; the last one is the last try.",
    )
    image_retention_days: int = Field(0, ge=0, description="Days that images are kept, at least. 0: as long as runs.")
    retention_days: int = Field(0, ge=0, description="Days that runs are kept, at least. 0: for ever.")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="The least level to log.")

    @property
    def server_secrets(self) -> list[str]:
        """The secrets to derive others from and to sign with: the present one, and the one before."""
        return [secret.get_secret_value() for secret in (self.secret, self.secret_previous) if secret is not None]

    @model_validator(mode="after")
    def _check_tls(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("PROMPTWIRE_TLS_CERT and PROMPTWIRE_TLS_KEY go together; set both or none")
        return self


def data_directory(settings: Settings) -> Path:
    """Give the directory of `up`: the one that is set, or the default."""
    if settings.data is not None:
        return settings.data.expanduser().absolute()
    return default_data_directory()


def default_data_directory() -> Path:
    """Give the directory where an account keeps its programs' state."""
    if os.geteuid() == 0:
        return Path("/var/lib/promptwire")
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "promptwire"


def dialable(address: str) -> str:
    """Give the address by which a server that listens on `address` is called on its own machine."""
    host, _, port = address.rpartition(":")
    return f"{'127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host}:{port}"  # noqa: S104 - compared, not bound
