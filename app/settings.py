"""What can be set from outside: environment variables `CONVSCOPE_*`, or arguments in tests."""

import os
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.catalogue import DEFAULT_MODEL, catalogue

_MEBIBYTE = 2**20


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
    weights_mirror: str | None = Field(
        None, description="Address to fetch published weight files from instead of the publisher."
    )
    downloads_allowed: bool = True
    concurrent_downloads: int = Field(2, ge=1)

    max_upload_bytes: int = Field(20 * _MEBIBYTE, ge=1)
    max_image_pixels: int = Field(50_000_000, ge=1)
    upload_idle_timeout_s: float = Field(15.0, gt=0, description="Longest pause within a body.")
    upload_timeout_s: float = Field(120.0, gt=0, description="Longest time for a whole body.")
    upload_minimum_bytes_per_s: int = Field(
        4096, ge=1, description="Of a body, once it has come for as long as it may pause."
    )
    concurrent_uploads: int = Field(16, ge=1, description="Of one client, half as many.")

    decode_workers: int = Field(2, ge=1, description="Processes in which pictures are decoded.")
    decode_queue: int = Field(16, ge=0, description="Pictures that may wait for one of them.")
    decode_time_s: float = Field(20.0, gt=0, description="Longest time for one picture.")
    decode_memory_bytes: int = Field(
        2048 * _MEBIBYTE, ge=1, description="Of each of these processes."
    )

    image_store_bytes: int = Field(512 * _MEBIBYTE, ge=1)
    image_lifetime_s: float = Field(3600.0, gt=0, description="Since a picture was last used.")
    picture_cache_bytes: int = Field(256 * _MEBIBYTE, ge=0, description="Decoded pictures.")
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

    long_workers: int = Field(1, ge=1, description="Threads for work that takes seconds.")
    long_queue: int = Field(8, ge=0, description="Such work that may wait before 503 `busy`.")

    training_allowed: bool = True
    training_dir: Path | None = Field(
        None, description="Where runs keep their files; `training-runs` in the cache unless set."
    )
    training_data_dir: Path | None = Field(
        None, description="Directories of class folders that people may train on, by name."
    )
    training_store_bytes: int = Field(
        512 * _MEBIBYTE, ge=1, description="Of all runs together; the oldest leave first."
    )
    training_kept_runs: int = Field(20, ge=1)
    training_time_limit_s: float = Field(3600.0, gt=0, description="Of one run, pauses included.")
    training_max_steps: int = Field(100_000, ge=1)
    training_memory_bytes: int = Field(6144 * _MEBIBYTE, ge=1, description="Of its process.")

    @field_validator("default_model")
    @classmethod
    def _known_model(cls, value: str) -> str:
        return catalogue().resolve(value).id
