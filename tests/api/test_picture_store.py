"""The store of pictures: bounded in how many it keeps, and none is looked for among all."""

import asyncio
import io
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import app.stores.images
from app.compute.cache import VALUE_OVERHEAD_BYTES
from app.compute.pool import ComputePool
from app.errors import UnknownImageError
from app.settings import Settings
from app.stores.images import ImageStore
from models.pictures import Picture, decode_picture


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class HereDecoders:
    """Decodes without a process: what decoding does is not in question here."""

    async def decode(self, data: bytes, _limits: object, colours: str = "stored") -> Picture:
        del colours
        return decode_picture(data)


class CountedOrder(OrderedDict[str, float]):
    """Counts the entries that are looked at one after the other."""

    looked_at = 0

    def items(self) -> Any:
        for item in super().items():
            self.looked_at += 1
            yield item

    def __iter__(self) -> Iterator[str]:
        for key in super().__iter__():
            self.looked_at += 1
            yield key


@pytest.fixture
def pool() -> Iterator[ComputePool]:
    made = ComputePool(2, 20)
    yield made
    made.close()


def store(
    tmp_path: Path, pool: ComputePool, clock: Clock | None = None, **changes: Any
) -> ImageStore:
    settings = Settings(cache_dir=tmp_path, image_lifetime_s=100, **changes)
    return ImageStore(settings, pool, HereDecoders(), clock or Clock())  # type: ignore[arg-type]


def picture_file(side_px: int = 1, image_format: str = "GIF") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side_px, side_px), (200, 30, 30)).save(file, image_format)
    return file.getvalue()


def test_many_tiny_pictures_count_more_than_their_bytes(tmp_path: Path, pool: ComputePool) -> None:
    async def scenario() -> None:
        images = store(tmp_path, pool, image_store_bytes=10 * (VALUE_OVERHEAD_BYTES + 100))
        kept = [(await images.add(picture_file())).id for _ in range(30)]
        known = [image_id for image_id in kept if image_id in images]
        assert known == kept[-10:]

    asyncio.run(scenario())


def test_nothing_is_looked_for_among_all_pictures(tmp_path: Path, pool: ComputePool) -> None:
    async def scenario() -> None:
        images = store(tmp_path, pool)
        ids = [(await images.add(picture_file())).id for _ in range(50)]
        images._last_used = CountedOrder(images._last_used)
        images._last_used.looked_at = 0
        images.get(ids[7])
        await images.add(picture_file())
        assert images._last_used.looked_at <= 4

    asyncio.run(scenario())


def test_only_those_unused_for_their_lifetime_expire(tmp_path: Path, pool: ComputePool) -> None:
    async def scenario() -> None:
        clock = Clock()
        images = store(tmp_path, pool, clock)
        first, second, third = [(await images.add(picture_file())).id for _ in range(3)]
        clock.now = 60
        images.get(first)
        clock.now = 101
        assert images.get(first)
        for expired in (second, third):
            assert expired not in images
            with pytest.raises(UnknownImageError):
                images.get(expired)

    asyncio.run(scenario())


def test_picture_larger_than_the_store_leaves_no_trace(tmp_path: Path, pool: ComputePool) -> None:
    async def scenario() -> None:
        images = store(tmp_path, pool, image_store_bytes=100)
        image = await images.add(picture_file())
        assert image.id not in images
        assert images.used_bytes == 0

    asyncio.run(scenario())


def test_picture_is_encoded_once_for_all_who_look(
    tmp_path: Path, pool: ComputePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Image.Image] = []
    encode = app.stores.images.encode_png

    def counted(image: Image.Image) -> bytes:
        made.append(image)
        return encode(image)

    monkeypatch.setattr(app.stores.images, "encode_png", counted)

    async def scenario() -> None:
        images = store(tmp_path, pool)
        image = await images.add(picture_file(40, "TIFF"))
        shown = await asyncio.gather(*(images.displayable(image) for _ in range(3)))
        assert await images.displayable(image) == shown[0] == shown[1] == shown[2]
        assert len(made) == 1
        images.delete(image.id)
        assert images.used_bytes == 0
        with pytest.raises(UnknownImageError):
            await images.displayable(image)

    asyncio.run(scenario())
