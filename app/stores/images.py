"""The pictures people upload: in memory only, bounded in bytes and in time."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.compute.cache import ByteCache, with_overhead
from app.compute.decoders import Decoders
from app.compute.pool import ComputePool
from app.errors import UnknownImageError
from app.settings import Settings
from app.stores.examples import EXAMPLES
from models.pictures import (
    Colours,
    Picture,
    PictureLimits,
    PictureNote,
    decode_picture,
    encode_png,
    encode_thumbnail,
)
from models.pictures.small import small_levels

# Bytes of one decoded pixel: Pillow keeps RGB in four.
_DECODED_PIXEL_BYTES = 4

# Shown a quarter as large, on screens of up to four pixels for one.
THUMBNAIL_PX = 192

# Rows and columns of a picture whose patches are compared: few enough for a cell each.
SMALL_PX = 64

MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WebP": "image/webp"}


@dataclass(frozen=True)
class StoredImage:
    """A picture as it was sent, and what is known of it.

    Attributes:
        width: of the upright picture, px.
        height: of the upright picture, px.
        served_as_is: a browser shows `data` exactly as it is decoded here.
        colours: whether the numbers are those of the file or converted by its colour profile.
    """

    id: str
    data: bytes
    width: int
    height: int
    format: str
    served_as_is: bool
    notes: tuple[PictureNote, ...]
    colours: Colours = "stored"


class ImageStore:
    """Uploaded pictures by unguessable id; the least recently used leave first."""

    def __init__(
        self,
        settings: Settings,
        pool: ComputePool,
        decoders: Decoders,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = PictureLimits(settings.max_upload_bytes, settings.max_image_pixels)
        self._lifetime_s = settings.image_lifetime_s
        self._pool = pool
        self._decoders = decoders
        self._clock = clock
        self._uploads: ByteCache[str, StoredImage] = ByteCache(
            settings.image_store_bytes, with_overhead(lambda image: len(image.data))
        )
        # The least recently used first, so that nobody walks them all to find the expired.
        self._last_used: OrderedDict[str, float] = OrderedDict()
        self._examples: dict[str, StoredImage] = {}
        self._decoded: ByteCache[str, Picture] = ByteCache(
            settings.picture_cache_bytes,
            with_overhead(lambda picture: picture.width * picture.height * _DECODED_PIXEL_BYTES),
        )

        # A PNG is hardly larger than its pixels: any picture that is kept decoded fits here too.
        self._shown: ByteCache[str, bytes] = ByteCache(
            settings.picture_cache_bytes, with_overhead(len)
        )

    @property
    def used_bytes(self) -> int:
        """Bytes of the uploads, decoded pictures and their PNG files held now."""
        stores = (self._uploads, self._decoded, self._shown)
        return sum(store.used_bytes for store in stores)

    async def open_examples(self) -> None:
        """Make the examples available; they never leave."""
        for example in EXAMPLES:
            data = example.path.read_bytes()
            # Our own files need no process to keep them apart.
            picture = await self._pool.run(decode_picture, data)
            self._examples[example.id] = _stored(example.id, data, picture)

    async def decode(self, data: bytes, colours: Colours = "stored") -> Picture:
        """Decode a picture that is not to be kept.

        Raises:
            BadImageError, ImageTooLargeError, BusyError: see `app.compute.decoders`.
        """
        return await self._decoders.decode(data, self.limits, colours=colours)

    async def add(
        self, data: bytes, colours: Colours = "stored", notes: tuple[PictureNote, ...] = ()
    ) -> StoredImage:
        """Keep a picture, once it has proved that it can be decoded in full.

        `notes` are of the picture that this one was made from.
        """
        picture = await self.decode(data, colours)
        image = _stored(secrets.token_urlsafe(16), data, picture, colours, notes)
        self.expire()
        dropped = self._uploads.put(image.id, image)
        self._touch(image.id)
        self._decoded.put(image.id, picture)
        if image.id not in self._uploads:
            # Larger than the whole store.
            dropped.append(image.id)
        # Those that had to make room must leave no trace.
        for image_id in dropped:
            self.delete(image_id)
        return image

    async def read_again(self, image_id: str, colours: Colours) -> StoredImage:
        """Keep the file of a picture once more, its numbers taken otherwise."""
        return await self.add(self.get(image_id).data, colours)

    def get(self, image_id: str) -> StoredImage:
        """The picture of an id.

        Raises:
            UnknownImageError: there is none, or no more.
        """
        if example := self._examples.get(image_id):
            return example
        self.expire()
        image = self._uploads.get(image_id)
        if image is None:
            raise UnknownImageError(image_id)
        self._touch(image_id)
        return image

    def _touch(self, image_id: str) -> None:
        self._last_used[image_id] = self._clock()
        self._last_used.move_to_end(image_id)

    def check_kept(self, image_id: str) -> None:
        """See that a picture was not forgotten while something was computed from it.

        Raises:
            UnknownImageError: it was; then the result must not be kept.
        """
        if image_id not in self:
            raise UnknownImageError(image_id)

    def __contains__(self, image_id: object) -> bool:
        return image_id in self._examples or image_id in self._last_used

    async def picture(self, image_id: str) -> Picture:
        """The decoded picture of an id; decoded again if it had to make room."""
        image = self.get(image_id)
        return await self._decoded.get_or_compute(
            image_id, lambda: self.decode(image.data, image.colours)
        )

    def delete(self, image_id: str) -> None:
        """Forget an upload.

        Raises:
            UnknownImageError: there is none; the examples cannot be deleted.
        """
        if image_id not in self._last_used:
            raise UnknownImageError(image_id)
        del self._last_used[image_id]
        self._uploads.forget(image_id)
        self._decoded.forget(image_id)
        self._shown.forget(image_id)
        self._shown.forget(_thumbnail_key(image_id))
        self._shown.forget(_small_key(image_id))

    def expire(self) -> None:
        """Forget every upload that has not been used for its lifetime."""
        oldest = self._clock() - self._lifetime_s
        while self._last_used:
            image_id, used = next(iter(self._last_used.items()))
            if used >= oldest:
                return
            self.delete(image_id)

    async def displayable(self, image: StoredImage) -> tuple[bytes, str]:
        """What a browser can show, and its media type: the file itself, or an upright PNG."""
        if image.served_as_is:
            return image.data, MEDIA_TYPES[image.format]

        async def encode() -> bytes:
            picture = await self.picture(image.id)
            data = await self._pool.run(encode_png, picture.image)
            self.check_kept(image.id)
            return data

        # Seconds of computing for a large picture: once for all who look at it.
        return await self._shown.get_or_compute(image.id, encode), "image/png"

    async def thumbnail(self, image: StoredImage) -> bytes:
        """The picture as a small JPEG."""

        async def encode() -> bytes:
            picture = await self.picture(image.id)
            data = await self._pool.run(encode_thumbnail, picture.image, THUMBNAIL_PX)
            self.check_kept(image.id)
            return data

        return await self._shown.get_or_compute(_thumbnail_key(image.id), encode)

    async def small(self, image_id: str) -> npt.NDArray[np.uint8]:
        """The picture as (3, SMALL_PX, SMALL_PX) levels, for who asks with every step of a drag."""
        image = self.get(image_id)

        async def reduce() -> bytes:
            picture = await self.picture(image.id)
            levels = await self._pool.run(small_levels, picture.image, SMALL_PX)
            self.check_kept(image.id)
            return levels.tobytes()

        data = await self._shown.get_or_compute(_small_key(image.id), reduce)
        return np.frombuffer(data, np.uint8).reshape(3, SMALL_PX, SMALL_PX)


def _thumbnail_key(image_id: str) -> str:
    return f"{image_id}/thumbnail"


def _small_key(image_id: str) -> str:
    return f"{image_id}/small"


def _stored(
    image_id: str,
    data: bytes,
    picture: Picture,
    colours: Colours = "stored",
    notes: tuple[PictureNote, ...] = (),
) -> StoredImage:
    return StoredImage(
        id=image_id,
        data=data,
        width=picture.width,
        height=picture.height,
        format=picture.format,
        served_as_is=picture.served_as_is,
        notes=notes + picture.notes,
        colours=colours,
    )
