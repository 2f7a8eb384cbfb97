"""Recognise a picture file by its first bytes, never by its name."""

import codecs
import re

ACCEPTED_FORMATS = ("JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "AVIF")

_ACCEPTED_SIGNATURES = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "BMP": (b"BM",),
}
_TEXT_SAMPLE_BYTES = 2048
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}

# What people try to open here by mistake, in words for the refusal.
_REFUSED_PICTURES = (
    (b"8BPS", "a Photoshop document"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\0\0\1\0", "a Windows icon"),
)
_OTHER_FILES = (
    (b"%PDF", "a PDF document"),
    (b"PK\3\4", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x1aE\xdf\xa3", "a video"),
)


def recognise(data: bytes) -> str | None:
    """One of `ACCEPTED_FORMATS` if the file starts like one; it may still be damaged."""
    for format_name, signatures in _ACCEPTED_SIGNATURES.items():
        if data.startswith(signatures):
            return format_name
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    return "AVIF" if _container_brands(data) & _AVIF_BRANDS else None


def name_refused_picture(data: bytes) -> str | None:
    """What kind of picture it is that we do not open, as words in a sentence."""
    if _container_brands(data) & _HEIC_BRANDS:
        return "a HEIC picture"
    for signature, name in _REFUSED_PICTURES:
        if data.startswith(signature):
            return name
    return "an SVG drawing" if re.search(rb"<svg[\s>]", _start(data)) else None


def name_other_file(data: bytes) -> str | None:
    """What a file is that is no picture, as words in a sentence ("a web page")."""
    if _container_brands(data):
        return "a video"
    for signature, name in _OTHER_FILES:
        if data.startswith(signature):
            return name
    if _start(data).startswith((b"<!doctype html", b"<html")):
        return "a web page"
    return "text" if _is_text(data) else None


def _start(data: bytes) -> bytes:
    return data[:_TEXT_SAMPLE_BYTES].removeprefix(codecs.BOM_UTF8).lstrip().lower()


def _container_brands(data: bytes) -> set[bytes]:
    """Brands in the `ftyp` box that opens HEIC, AVIF and MP4 files; empty if there is none.

    Source: ISO/IEC 14496-12, section 4.3: size, "ftyp", major brand, version, compatible brands.
    """
    if data[4:8] != b"ftyp":
        return set()
    box = data[: min(int.from_bytes(data[:4], "big"), 256)]
    return {box[8:12], *(box[start : start + 4] for start in range(16, len(box), 4))}


def _is_text(data: bytes) -> bool:
    start = data[:_TEXT_SAMPLE_BYTES]
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        # The sample may end inside a character; the file may not.
        characters = decoder.decode(start, final=len(start) == len(data))
    except UnicodeDecodeError:
        return False
    return bool(characters) and all(c.isprintable() or c in "\t\r\n" for c in characters)
