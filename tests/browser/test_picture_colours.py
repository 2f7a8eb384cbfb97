"""What the page shows is what the network gets, whatever a browser would make of the file."""

import base64
import io
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from composed_png import chunk, composed
from opening import OpenPage
from PIL import Image, ImageCms
from playwright.sync_api import Page, expect

CASES = Path(__file__).parents[1] / "data" / "pictures"

# The pixels of an `<img>` as the browser shows it, read back from a canvas.
PIXELS = """(picture) => {
    const canvas = document.createElement("canvas");
    canvas.width = picture.naturalWidth;
    canvas.height = picture.naturalHeight;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0);
    return [canvas.width, canvas.height,
        ...context.getImageData(0, 0, canvas.width, canvas.height).data];
}"""
SEND = """async (encoded) => {
    const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
    const form = new FormData();
    form.append("file", new Blob([bytes]), "picture");
    const answer = await fetch("/api/v1/images", { method: "POST", body: form });
    const stored = await answer.json();
    const picture = new Image();
    picture.src = `/api/v1/images/${stored.id}`;
    await picture.decode();
    document.body.append(picture);
    picture.id = "read-back";
    return stored;
}"""


def pixels_of(page: Page, selector: str) -> np.ndarray:
    width, height, *levels = page.locator(selector).evaluate(PIXELS)
    return np.array(levels).reshape(height, width, 4)[:, :, :3]


def photograph(format_name: str, orientation: int = 1, **options: object) -> bytes:
    rows, columns = np.mgrid[0:32, 0:48]
    colours = np.stack([rows * 7, columns * 5, 255 - rows * 4], axis=2).astype(np.uint8)
    exif = Image.Exif()
    exif[274] = orientation
    stream = io.BytesIO()
    Image.fromarray(colours).save(stream, format_name, exif=exif, **options)
    return stream.getvalue()


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ADOBE = Image.open(Path(__file__).parents[2] / "static" / "examples" / "rocket.jpg").info[
    "icc_profile"
]
SAMPLES = np.random.default_rng(2).integers(0, 256, (9, 11, 3))
GAMMA = chunk(b"gAMA", struct.pack(">I", 100_000))
FILES = {
    **{
        name: (CASES / name).read_bytes()
        for name in (
            *("icc_p3.png", "icc_swapped.png", "iccp_broken.png", "ztxt_2MB.png"),
            *("exif_long_64.jpg", "noeoi_big.jpg", "trns_grey16.png", "trailing.png"),
        )
    },
    "JPEG": photograph("JPEG"),
    "JPEG turned": photograph("JPEG", 6),
    "JPEG turned, sRGB": photograph("JPEG", 8, icc_profile=SRGB),
    "JPEG turned, Adobe RGB": photograph("JPEG", 5, icc_profile=ADOBE),
    "PNG, sRGB": photograph("PNG", icc_profile=SRGB),
    "PNG turned": photograph("PNG", 6),
    "WebP, Adobe RGB": photograph("WEBP", icc_profile=ADOBE, lossless=True),
    "AVIF turned": photograph("AVIF", 6),
    "gamma 1": composed(SAMPLES, 8, 2, interlaced=False, before=GAMMA),
    "gamma 1 / 2.2": composed(
        SAMPLES, 8, 2, interlaced=False, before=chunk(b"gAMA", struct.pack(">I", 45_455))
    ),
    "code points": composed(
        SAMPLES, 8, 2, interlaced=True, before=chunk(b"cICP", bytes([12, 13, 0, 1]))
    ),
    "16 bits": composed(SAMPLES * 257, 16, 2, interlaced=False),
}


def raw_pixels(data: bytes) -> np.ndarray:
    """The file's own numbers by Pillow alone, turned by hand where the file says so."""
    image = Image.open(io.BytesIO(data + b"\xff\xd9"))
    orientation = image.getexif().get(274, 1)
    levels = np.asarray(image.convert("RGB"))
    return {
        5: lambda: levels.transpose(1, 0, 2),
        6: lambda: np.rot90(levels, -1),
        8: lambda: np.rot90(levels),
    }.get(orientation, lambda: levels)()


def test_the_browser_shows_the_numbers_that_the_network_gets(open_page: OpenPage) -> None:
    by_hand = {
        "exif_long_64.jpg": lambda data: np.asarray(Image.open(io.BytesIO(data)).convert("RGB")),
        "trns_grey16.png": lambda _: np.array([[[255] * 3, [156] * 3]]),
        "16 bits": lambda _: SAMPLES,
    }
    page = open_page("/docs")
    for name, data in FILES.items():
        page.evaluate("document.querySelector('#read-back')?.remove()")
        page.evaluate(SEND, base64.b64encode(data).decode())
        found = pixels_of(page, "#read-back")
        assert np.array_equal(found, by_hand.get(name, raw_pixels)(data)), name


def test_a_profile_is_said_and_followed_on_demand(
    open_page: OpenPage, transfer: Callable[[Page, Path], Any]
) -> None:
    shown = "#stage .picture-holder img"
    raw = np.asarray(Image.open(CASES / "icc_swapped.png").convert("RGB"))
    page = open_page("/")
    notes = page.get_by_role("list", name="How the picture was read")
    page.locator("#stage").dispatch_event(
        "drop", {"dataTransfer": transfer(page, CASES / "icc_swapped.png")}
    )
    convert = notes.get_by_role("button", name="Convert by the profile")
    expect(convert).to_be_visible()
    expect(notes).to_contain_text("left aside, as torchvision and timm do")
    expect(page.locator(shown)).to_have_attribute("src", re.compile("/api/v1/images/"))
    assert np.array_equal(pixels_of(page, shown), raw)
    scores = page.locator("#scores").inner_text()

    before = page.locator(shown).get_attribute("src")
    convert.click()
    back = notes.get_by_role("button", name="Take the file's own numbers")
    expect(back).to_be_focused()
    expect(page).to_have_url(re.compile("profile=convert"))
    expect(page.locator(shown)).not_to_have_attribute("src", str(before))
    # By the profile, red is green: the first pixel (200, 60, 60) is (57, 201, 57) or near it.
    found = pixels_of(page, shown)
    assert found[0, 0] == pytest.approx(np.array([60, 200, 60]), abs=4)
    expect(page.locator("#scores")).not_to_have_text(scores, use_inner_text=True)

    page.reload()
    expect(back).to_be_visible()
    expect(page.locator(shown)).to_have_attribute("src", re.compile("/api/v1/images/"))
    assert np.array_equal(pixels_of(page, shown), found)
    back.click()
    expect(convert).to_be_focused()
    expect(page).not_to_have_url(re.compile("profile="))
