"""Published archives of data sets, fetched whole or not at all."""

import hashlib
import http.client
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

from models.data.dataset import Loading, LoadingProgress
from models.errors import DownloadFailedError

_CHUNK_BYTES = 2**18
_SILENCE_S = 30.0


def fetch(url: str, path: Path, md5: str, progress: LoadingProgress) -> None:
    """Put the file at an address where it belongs. Blocks.

    Args:
        url: of the publisher, who names the checksum as well.
        path: of the file; its directory is made.
        md5: 32 hexadecimal digits, of all of it.
        progress: is told how many bytes have come; what it raises ends the download.

    Raises:
        DownloadFailedError: it cannot be fetched, or is another file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place until it is whole: what was cut off would be taken for the file.
        with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as beside:
            part = Path(beside) / path.name
            digest = _received(url, part, progress)
            if digest != md5:
                raise DownloadFailedError(
                    path.name, url, f"its MD5 is {digest}, and that of the published file {md5}."
                )
            part.replace(path)
    except (OSError, http.client.HTTPException) as error:
        reason = f"{error}. Or put it into {path.parent} by hand."
        raise DownloadFailedError(path.name, url, reason) from error


def _received(url: str, part: Path, progress: LoadingProgress) -> str:
    # MD5 tells a damaged file from a whole one, which is all that is asked of it.
    digest = hashlib.md5(usedforsecurity=False)
    with (
        urllib.request.urlopen(url, timeout=_SILENCE_S) as answer,  # noqa: S310  addresses of ours
        part.open("wb") as file,
    ):
        announced = answer.headers.get("Content-Length", "")
        total = int(announced) if announced.isdigit() else None
        done = 0
        while chunk := answer.read(_CHUNK_BYTES):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            progress(Loading("downloading", part.name, done, total, "bytes"))
    return digest.hexdigest()
