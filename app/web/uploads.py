"""Reads multipart uploads: pictures into memory, weights into a file."""

import re
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from app.errors import (
    BusyError,
    ClientLeftError,
    InvalidParameterError,
    UnsupportedMediaTypeError,
)
from app.settings import Settings
from app.web.clients import current_client
from app.web.limited_body import BodyLimits, LimitedBody

_MOST_FILES = 8
_MOST_FIELDS = 32
_LONGEST_PREAMBLE_BYTES = 16 * 1024
_ENCODINGS_OF_PLAIN_BYTES = frozenset({"", "7bit", "8bit", "binary"})


@dataclass(frozen=True)
class Upload:
    """A file and the text fields that came with it."""

    data: bytes
    fields: dict[str, str] = field(default_factory=dict)


class _InMemoryParser(MultiPartParser):
    # Starlette spools files beyond this size to the disk; uploads stay in memory here.
    spool_max_size = 2**62
    _has_ended = False

    def on_headers_finished(self) -> None:
        """Take a file for a file also where its name is given in the other notation.

        RFC 7578, section 4.2, tells clients not to write `filename*=` in forms; some do.
        """
        part = self._current_part
        encoding = dict(part.item_headers).get(b"content-transfer-encoding", b"").decode("latin-1")
        if encoding.strip().lower() not in _ENCODINGS_OF_PLAIN_BYTES:
            raise MultiPartException(
                f"a part of it is encoded as {encoding.strip()[:40]}; send its bytes as they are."
            )
        disposition = part.content_disposition
        if disposition is not None and not _FILE_NAME.search(disposition):
            part.content_disposition = _EXTENDED_FILE_NAME.sub(b"; filename=", disposition)
        super().on_headers_finished()

    def on_end(self) -> None:
        """The closing boundary has come."""
        self._has_ended = True

    async def parse(self) -> FormData:
        """All parts, of a form that is whole."""
        form = await super().parse()
        if not self._has_ended:
            for file in self._files_to_close_on_error:
                file.close()
            raise MultiPartException("it ends before its closing boundary.")
        return form


class _IntoFileParser(_InMemoryParser):
    """Writes the one file of a form where it is told to, on another thread than the event loop."""

    destination: BinaryIO

    def on_headers_finished(self) -> None:
        """Have the file written to the destination."""
        super().on_headers_finished()
        part = self._current_part
        if part.file is not None:
            part.file.file.close()
            part.file = UploadFile(self.destination, size=0, filename=part.file.filename)


_FILE_NAME = re.compile(rb";\s*filename\s*=", re.IGNORECASE)
_EXTENDED_FILE_NAME = re.compile(rb";\s*filename\*\s*=", re.IGNORECASE)


class UploadReader:
    """Reads uploads, so many at once and no more, and of one client no more than its share."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places = settings.concurrent_uploads
        self._by_address: Counter[str] = Counter()

    async def read(self, request: Request, allowed_fields: frozenset[str] = frozenset()) -> Upload:
        """The part named `file` and the allowed text fields.

        Raises:
            UnsupportedMediaTypeError: the body is not multipart/form-data, or is compressed.
            BodyTooLargeError: more than the limit, by Content-Length or by count.
            BodyTooSlowError: a pause, or a whole body, longer than the limit, or too few bytes a
                second.
            InvalidParameterError: `file` is missing or repeated, or a field is unknown.
            ClientLeftError: the client hung up in the middle.
            BusyError: too many uploads at once.
        """
        body = LimitedBody(request, self._settings, _limits_of_pictures(self._settings))
        try:
            _check_form(request, "picture")
            with self._place(current_client().address):
                return await self._parse(request, body, allowed_fields)
        except ClientDisconnect as error:
            raise ClientLeftError from error

    async def receive(self, request: Request, destination: BinaryIO, limits: BodyLimits) -> str:
        """Write the part named `file`, which must be the only one, to an open file.

        Returns:
            The name that the client has for it.

        Raises:
            OSError: the disk failed. And those of `read`.
        """
        body = LimitedBody(request, self._settings, limits)
        try:
            _check_form(request, limits.what)
            with self._place(current_client().address):
                body.check_announced_length()
                parser = _IntoFileParser(
                    request.headers,
                    _without_preamble(request, body.chunks()),
                    max_files=1,
                    max_fields=0,
                )
                parser.destination = destination
                try:
                    form = await parser.parse()
                except MultiPartException as error:
                    raise InvalidParameterError(
                        f"The form cannot be read: {error.message}"
                    ) from error
        except ClientDisconnect as error:
            raise ClientLeftError from error
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidParameterError(_form_advice([name for name, _ in form.multi_items()], []))
        return file.filename or ""

    @contextmanager
    def _place(self, address: str) -> Iterator[None]:
        share = max(1, self._settings.concurrent_uploads // 2)
        if self._by_address[address] >= share:
            raise BusyError(f"Too many uploads at once from one address; {share} may be.")
        if self._places == 0:
            raise BusyError("Too many uploads at once.")
        self._places -= 1
        self._by_address[address] += 1
        try:
            yield
        finally:
            self._places += 1
            self._by_address[address] -= 1
            if self._by_address[address] == 0:
                del self._by_address[address]

    async def _parse(
        self, request: Request, body: "LimitedBody", allowed_fields: frozenset[str]
    ) -> Upload:
        body.check_announced_length()
        parser = _InMemoryParser(
            request.headers,
            _without_preamble(request, body.chunks()),
            max_files=_MOST_FILES,
            max_fields=_MOST_FIELDS,
        )
        try:
            form = await parser.parse()
        except MultiPartException as error:
            raise InvalidParameterError(f"The form cannot be read: {error.message}") from error
        try:
            given = [name for name, _ in form.multi_items()]
            files = form.getlist("file")
            if len(files) != 1 or set(given) - allowed_fields - {"file"}:
                raise InvalidParameterError(_form_advice(given, sorted(allowed_fields)))
            if not isinstance(files[0], UploadFile):
                raise InvalidParameterError(
                    "The field 'file' holds text; send it as a file (with curl: -F file=@name.jpg)."
                )
            fields = {}
            for name in allowed_fields & set(given):
                value, *others = form.getlist(name)
                if others or not isinstance(value, str):
                    raise InvalidParameterError(f"Send the field {name!r} once, as text.")
                fields[name] = value
            return Upload(await files[0].read(), fields)
        finally:
            await form.close()


def _limits_of_pictures(settings: Settings) -> BodyLimits:
    return BodyLimits(
        "picture",
        settings.max_upload_bytes,
        settings.upload_timeout_s,
        "CONVSCOPE_MAX_UPLOAD_BYTES",
    )


def _check_form(request: Request, what: str) -> None:
    content_type = request.headers.get("content-type", "")
    if content_type.split(";")[0].strip().lower() != "multipart/form-data":
        raise UnsupportedMediaTypeError(
            f"Send multipart/form-data with the {what} in the field 'file'; "
            f"this body is {content_type or 'of no stated type'!r}."
        )
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedMediaTypeError(
            f"The body is compressed (Content-Encoding: {encoding[:40]}); send it as it is."
        )


async def _without_preamble(
    request: Request, chunks: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    """The body from its first boundary on: RFC 2046, section 5.1.1, allows text before it."""
    _, options = parse_options_header(request.headers["content-type"])
    # Without a boundary the parser says so.
    delimiter = b"--" + options.get(b"boundary", b"")
    start = b""
    async for chunk in chunks:
        start += chunk
        place = 0 if start.startswith(delimiter) else start.find(b"\r\n" + delimiter)
        if place >= 0:
            yield start[place:]
            break
        if len(start) > _LONGEST_PREAMBLE_BYTES + len(delimiter):
            raise MultiPartException(
                f"its boundary, {delimiter[:80].decode('latin-1')!r}, is not at its start."
            )
    else:
        raise MultiPartException(
            f"its boundary, {delimiter[:80].decode('latin-1')!r}, is not in it."
        )
    async for chunk in chunks:
        yield chunk


def _form_advice(given: list[str], allowed: list[str]) -> str:
    also = f" Text fields may be: {', '.join(allowed)}." if allowed else ""
    has = ", ".join(repr(name[:40]) for name in sorted(given)) or "no field"
    return f"Send exactly one file, in the field 'file'; this form has {has}.{also}"
