"""Reads a multipart upload into memory: bounded in bytes and in time, never onto the disk."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from app.errors import (
    BodyTooLargeError,
    BodyTooSlowError,
    BusyError,
    ClientLeftError,
    InvalidParameterError,
    UnsupportedMediaTypeError,
)
from app.settings import Settings

# Boundaries, part headers and the small text fields that travel beside the picture.
_ENVELOPE_BYTES = 64 * 1024
# After a refusal the rest of a body is read and dropped up to here, because most clients send all
# of it before they look at the answer.
_DRAIN_BYTES = 64 * 2**20
_DRAIN_S = 5.0


@dataclass(frozen=True)
class Upload:
    """A file and the text fields that came with it."""

    data: bytes
    fields: dict[str, str] = field(default_factory=dict)


class _InMemoryParser(MultiPartParser):
    # Starlette spools files beyond this size to the disk; uploads stay in memory here.
    spool_max_size = 2**62


class UploadReader:
    """Reads uploads, so many at once and no more."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places = settings.concurrent_uploads

    async def read(self, request: Request, allowed_fields: frozenset[str] = frozenset()) -> Upload:
        """The part named `file` and the allowed text fields.

        Raises:
            UnsupportedMediaTypeError: the body is not multipart/form-data.
            BodyTooLargeError: more than the limit, by Content-Length or by count.
            BodyTooSlowError: a pause, or a whole body, longer than the limit.
            InvalidParameterError: `file` is missing or repeated, or a field is unknown.
            ClientLeftError: the client hung up in the middle.
            BusyError: too many uploads at once.
        """
        content_type = request.headers.get("content-type", "")
        if not content_type.startswith("multipart/form-data"):
            raise UnsupportedMediaTypeError(
                f"Send multipart/form-data with the picture in the field 'file'; "
                f"this body is {content_type or 'of no stated type'!r}."
            )
        if self._places == 0:
            raise BusyError("Too many uploads at once.")
        self._places -= 1
        body = _LimitedBody(request, self._settings)
        try:
            return await self._parse(request, body, allowed_fields)
        except BodyTooLargeError:
            await body.drain()
            raise
        except ClientDisconnect as error:
            raise ClientLeftError from error
        finally:
            self._places += 1

    async def _parse(
        self, request: Request, body: "_LimitedBody", allowed_fields: frozenset[str]
    ) -> Upload:
        body.check_announced_length()
        parser = _InMemoryParser(request.headers, body.chunks(), max_files=8, max_fields=32)
        try:
            form = await parser.parse()
        except MultiPartException as error:
            raise InvalidParameterError(
                f"The multipart body is malformed: {error.message}"
            ) from error
        try:
            unknown = set(form) - allowed_fields - {"file"}
            files = form.getlist("file")
            if len(files) != 1 or unknown:
                raise InvalidParameterError(_form_advice(sorted(form), sorted(allowed_fields)))
            if not isinstance(files[0], UploadFile):
                raise InvalidParameterError(
                    "The field 'file' holds text; send it as a file (with curl: -F file=@name.jpg)."
                )
            fields = {name: str(form[name]) for name in allowed_fields & set(form)}
            return Upload(await files[0].read(), fields)
        finally:
            await form.close()


def _form_advice(given: list[str], allowed: list[str]) -> str:
    also = f" Text fields may be: {', '.join(allowed)}." if allowed else ""
    return f"Send exactly one file, in the field 'file'; this form has {given or 'no field'}.{also}"


class _LimitedBody:
    """The chunks of a request body, counted and timed."""

    def __init__(self, request: Request, settings: Settings) -> None:
        self._request = request
        self._settings = settings
        self._limit_bytes = settings.max_upload_bytes + _ENVELOPE_BYTES
        self._stream = request.stream()

    def _too_large(self) -> BodyTooLargeError:
        limit = self._settings.max_upload_bytes
        return BodyTooLargeError(f"A picture may have at most {limit:,} bytes; this one has more.")

    def check_announced_length(self) -> None:
        announced = self._request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self._limit_bytes:
            raise self._too_large()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        settings = self._settings
        deadline = asyncio.get_running_loop().time() + settings.upload_timeout_s
        received = 0
        while True:
            idle = asyncio.get_running_loop().time() + settings.upload_idle_timeout_s
            try:
                async with asyncio.timeout_at(min(deadline, idle)):
                    chunk = await anext(self._stream, None)
            except TimeoutError as error:
                raise BodyTooSlowError(
                    f"The upload paused for more than {settings.upload_idle_timeout_s:g} s or took "
                    f"more than {settings.upload_timeout_s:g} s in all; send it again."
                ) from error
            if chunk is None:
                return
            received += len(chunk)
            if received > self._limit_bytes:
                raise self._too_large()
            yield chunk

    async def drain(self) -> None:
        """Read and drop what still comes, within bounds."""
        left = _DRAIN_BYTES
        try:
            async with asyncio.timeout(_DRAIN_S):
                async for chunk in self._stream:
                    left -= len(chunk)
                    if left < 0:
                        return
        except TimeoutError:
            return
