"""What can be set from outside: environment variables `CONVSCOPE_*`, or arguments in tests."""

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.catalogue.catalogue import DEFAULT_MODEL, catalogue

_MEBIBYTE = 2**20
_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9.-]+(:\d{1,5})?", re.ASCII)
# So long that guessing is hopeless at any rate that the server answers at.
_LEAST_TOKEN_LENGTH = 16
# In the cache directory.
OWN_MODELS = "models"
_ATLASES = "atlases"


def _default_cache_directory() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "convscope"


class Settings(BaseSettings):
    """Settings of one server; every field has a default that works on a laptop."""

    model_config = SettingsConfigDict(env_prefix="CONVSCOPE_", extra="forbid")

    default_model: str = DEFAULT_MODEL

    weights_dir: Path | None = Field(
        None, description="Weight files that you put there, under their published names."
    )
    cache_dir: Path = Field(
        default_factory=_default_cache_directory, description="Where downloads are kept."
    )
    atlas_dir: Path | None = Field(
        None,
        description="Atlases of data sets, a directory each, `atlases` in the cache unless set.",
    )
    weights_mirror: str | None = Field(
        None, description="Address to fetch published weight files from instead of the publisher."
    )
    downloads_allowed: bool = True
    concurrent_downloads: int = Field(2, ge=1)

    models_dir: Path | None = Field(
        None, description="Your own networks: checkpoints, bundles, folders of timm; only read."
    )
    default_file: str | None = Field(
        None, description="A file or folder in `models_dir`: its network is the default one."
    )
    model_uploads: bool | None = Field(
        None,
        description="Whether people may send networks: where only this machine reaches the server, "
        "unless set.",
    )
    max_checkpoint_bytes: int = Field(4096 * _MEBIBYTE, ge=1, description="Of one upload.")
    checkpoint_timeout_s: float = Field(3600.0, gt=0, description="Longest time for one upload.")
    checkpoint_store_bytes: int = Field(
        8192 * _MEBIBYTE, ge=1, description="Of uploads that are kept; the oldest leave first."
    )
    own_models_bytes: int = Field(
        32768 * _MEBIBYTE, ge=1, description="On the disk, of all networks that people opened here."
    )

    token: SecretStr | None = Field(
        None, description="Whoever asks must know it; at least 16 characters."
    )
    session_addresses: bool = Field(
        False,
        description="Everything is also under /session/TOKEN/, which pages of others may frame.",
    )
    public: bool = Field(
        False, description="Let everybody who reaches the server use it, without a token."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Names by which the server may be asked besides its own, with commas."
    )
    frame_ancestors: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins of pages that may frame chapters of the course, with commas.",
    )
    header_timeout_s: float = Field(
        10.0, gt=0, description="For a connection's first byte, and for a whole request head."
    )
    answer_timeout_s: float = Field(
        30.0, gt=0, description="How long a client may leave an answer unread."
    )
    unread_answer_bytes: int = Field(
        256 * _MEBIBYTE, ge=1, description="Of answers that clients have not read yet, in all."
    )
    max_connections: int = Field(
        512, ge=2, description="At most half of what the process may open, whatever is said here."
    )

    max_upload_bytes: int = Field(20 * _MEBIBYTE, ge=1)
    max_image_pixels: int = Field(50_000_000, ge=1)
    upload_idle_timeout_s: float = Field(15.0, gt=0, description="Longest pause within a body.")
    upload_timeout_s: float = Field(120.0, gt=0, description="Longest time for a whole body.")
    upload_minimum_bytes_per_s: int = Field(
        4096, ge=1, description="Of a body, once it has come for as long as it may pause."
    )
    concurrent_uploads: int = Field(16, ge=1, description="Of one client, half as many.")

    decode_workers: int = Field(2, ge=1, description="Processes in which pictures are decoded.")
    decode_queue: int = Field(20, ge=0, description="Pictures that may wait for one of them.")
    decode_time_s: float = Field(20.0, gt=0, description="Longest time for one picture.")
    decode_memory_bytes: int = Field(
        2048 * _MEBIBYTE, ge=1, description="Of each of these processes."
    )

    image_store_bytes: int = Field(512 * _MEBIBYTE, ge=1)
    image_lifetime_s: float = Field(3600.0, gt=0, description="Since a picture was last used.")
    picture_cache_bytes: int = Field(
        256 * _MEBIBYTE, ge=0, description="Decoded pictures; as much again for PNG."
    )
    activation_store_bytes: int = Field(
        1024 * _MEBIBYTE, ge=0, description="What networks computed for pictures."
    )
    result_cache_bytes: int = Field(64 * _MEBIBYTE, ge=0)
    model_budget_bytes: int = Field(3072 * _MEBIBYTE, ge=1)

    compute_workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    compute_queue: int = Field(32, ge=0, description="Jobs that may wait before 503 `busy`.")
    stalled_after_s: float = Field(
        30.0,
        gt=0,
        description="Not ready once every worker has been busy with one job for so long.",
    )

    long_workers: int = Field(
        default_factory=lambda: max(1, (os.cpu_count() or 1) // 2),
        ge=1,
        description="Pieces of work that take seconds, computed side by side; clients take turns.",
    )
    long_queue: int = Field(32, ge=0, description="Such work that may wait before 503 `busy`.")
    long_places_per_client: int = Field(
        8, ge=1, description="Of these that one page or program may have at once."
    )
    long_time_limit_s: float = Field(
        600.0, gt=0, description="Of computing, for one piece of such work."
    )

    training_allowed: bool = True
    training_dir: Path | None = Field(
        None, description="Where runs keep their files; `training-runs` in the cache unless set."
    )
    training_data_dir: Path | None = Field(
        None, description="Directories of class folders that people may train on, by name."
    )
    training_upload_bytes: int = Field(
        512 * _MEBIBYTE, ge=1, description="Of one zip of own pictures to train on."
    )
    training_data_bytes: int = Field(
        2048 * _MEBIBYTE, ge=1, description="Of all own pictures that are kept to train on."
    )
    training_data_time_s: float = Field(
        1800.0, gt=0, description="Longest time for reading the pictures of one zip."
    )
    training_store_bytes: int = Field(
        512 * _MEBIBYTE, ge=1, description="Of all runs together; the oldest leave first."
    )
    training_kept_runs: int = Field(20, ge=1)
    training_time_limit_s: float = Field(3600.0, gt=0, description="Of one run, pauses included.")
    training_max_steps: int = Field(100_000, ge=1)
    training_memory_bytes: int = Field(6144 * _MEBIBYTE, ge=1, description="Of its process.")

    @field_validator("allowed_hosts", "frame_ancestors", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("frame_ancestors")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is no origin: a scheme, a host and perhaps a port, as in "
                    "https://courses.example.org"
                )
        return value

    @field_validator("token")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        text = value.get_secret_value()
        if len(text) < _LEAST_TOKEN_LENGTH or not text.isascii() or not text.isprintable():
            raise ValueError(
                f"a token is at least {_LEAST_TOKEN_LENGTH} printable ASCII characters; "
                "python -c 'import secrets; print(secrets.token_urlsafe(24))' makes one"
            )
        return value

    @property
    def atlases(self) -> Path:
        """Where atlases are written to, and looked for."""
        return self.atlas_dir or self.cache_dir / _ATLASES

    @model_validator(mode="after")
    def _default_in_models_dir(self) -> "Settings":
        if self.default_file:
            if self.models_dir is None:
                raise ValueError("default_file is a name in models_dir, which is not set")
            if Path(self.default_file).name != self.default_file:
                raise ValueError("default_file is the name of a file or folder, not a path")
        return self

    @model_validator(mode="after")
    def _known_model(self) -> "Settings":
        """One's own are looked for when the server starts, which is when they are found."""
        kept = self.cache_dir / OWN_MODELS / self.default_model
        if self.models_dir is None and not kept.is_dir():
            self.default_model = catalogue().resolve(self.default_model).id
        return self
