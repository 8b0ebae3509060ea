"""The settings of the facade, from the environment. README's table is held equal to this by a test."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:]+\]|[^:\s]*):[0-9]{1,5}")


def _check_address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or int(text.rpartition(":")[2]) > 65535:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:8080, with a port up to 65535")
    return text


Address = Annotated[str, AfterValidator(_check_address)]


class Settings(BaseSettings):
    """What the environment says, each name with the prefix PROMPTWIRE_. A wrong value is refused at the start."""

    model_config = SettingsConfigDict(env_prefix="PROMPTWIRE_", env_ignore_empty=True, extra="ignore", frozen=True)

    http: Address = Field("127.0.0.1:8080", description="Where the facade listens for REST.")
    grpc_target: str = Field(
        "127.0.0.1:50051", description="The gRPC server that the facade and the command's clients call."
    )
    grpc_ca: Path | None = Field(
        None, description="Certificates (PEM) to trust when calling the gRPC server; turns TLS on."
    )
    public_url: str | None = Field(
        None, pattern=r"^https?://", description="The URL that callers reach the facade by. Default: its own address."
    )
    cors_origins: str = Field("", description="Web origins that may call, by commas, or `*`. Default: none.")
    body_limit: int = Field(16 * 1024 * 1024, gt=0, description="Bytes of a REST request's body.")
    message_limit: int = Field(32 * 1024 * 1024, gt=0, description="Bytes of a gRPC message.")
    run_timeout: float = Field(300, gt=0, description="Seconds that a run may last.")
    artificialstudio_window: float = Field(
        60,
        gt=0,
        le=300,
        description="Seconds that `POST /api/generate` waits for a run's end; then it answers 202 with its id.",
    )
    artificialstudio_image_days: int = Field(
        7,
        ge=1,
        le=7,
        description="Days that URLs of images work in answers and webhooks of `/api/generate` and its like.",
    )
    betterprompt_window: float = Field(
        120,
        gt=0,
        le=300,
        description="Seconds that `POST /v1/runs` waits for a run's end; then it answers 504 with its id.",
    )
    promptchainer_cors: str = Field(
        "*", description="Web origins that may call `/api/flows`, by commas, or `*`. `none`: those of the whole site."
    )
    grace: float = Field(10, ge=0, description="Seconds that runs under way get to end when the server stops.")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="The least level to log.")
