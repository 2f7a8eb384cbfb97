"""The body of an upload, bounded in bytes and in time while it is read."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.requests import Request

from app.errors import BodyTooLargeError, BodyTooSlowError
from app.settings import Settings

# Boundaries, part headers and the small text fields that travel beside the file.
_ENVELOPE_BYTES = 64 * 1024


@dataclass(frozen=True)
class BodyLimits:
    """What an upload may be.

    Attributes:
        what: it is, for the words of an error.
        most_bytes: of the file.
        most_s: for the whole body.
        setting: that says how many bytes.
        error: that too large a one is refused with.
    """

    what: str
    most_bytes: int
    most_s: float
    setting: str
    error: type[BodyTooLargeError] = BodyTooLargeError


class LimitedBody:
    """The chunks of a request body, counted and timed."""

    def __init__(self, request: Request, settings: Settings, limits: BodyLimits) -> None:
        self._request = request
        self._settings = settings
        self._limits = limits
        self._limit_bytes = limits.most_bytes + _ENVELOPE_BYTES
        self._stream = request.stream()

    def _too_large(self) -> BodyTooLargeError:
        limits = self._limits
        return limits.error(
            f"A {limits.what} may have at most {limits.most_bytes:,} bytes; this one has more "
            f"({limits.setting})."
        )

    def check_announced_length(self) -> None:
        """Refuse a body that says itself that it is too large.

        Raises:
            BodyTooLargeError: it does.
        """
        announced = self._request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self._limit_bytes:
            raise self._too_large()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes.

        Raises:
            BodyTooLargeError, BodyTooSlowError: it is beyond a limit.
        """
        settings = self._settings
        rate = settings.upload_minimum_bytes_per_s
        start = asyncio.get_running_loop().time()
        received = 0
        while True:
            # What has come so far pays for so much time; the longest pause is for a slow start.
            late_at = {
                f"paused for more than {settings.upload_idle_timeout_s:g} s": (
                    asyncio.get_running_loop().time() + settings.upload_idle_timeout_s
                ),
                f"came slower than {rate:,} bytes a second": (
                    start + settings.upload_idle_timeout_s + received / rate
                ),
                f"took more than {self._limits.most_s:g} s in all": start + self._limits.most_s,
            }
            cause = min(late_at, key=lambda cause: late_at[cause])
            try:
                async with asyncio.timeout_at(late_at[cause]):
                    chunk = await anext(self._stream, None)
            except TimeoutError as error:
                raise BodyTooSlowError(f"The upload {cause}; send it again.") from error
            if chunk is None:
                return
            received += len(chunk)
            if received > self._limit_bytes:
                raise self._too_large()
            yield chunk
