"""Which kinds of TIFF are known to be read right; all others are refused here by name.

What every tag says alone has been read; here it is held against what the others say, before a byte
is unpacked.
"""

from models.pictures.readers.tiff.directory import TiffDirectory
from models.pictures.readers.tiff.kinds import (
    FLOATING_POINT,
    HORIZONTAL,
    NO_PREDICTOR,
    PICTURE_PACKINGS,
    PREMULTIPLIED_ALPHA,
    Meaning,
    Numbers,
    Packing,
    Tag,
    refused,
)
from models.pictures.readers.tiff.layout import TiffLayout

_FAX_PACKINGS = {Packing.FAX_RLE, Packing.FAX3, Packing.FAX4}
_PREDICTED_PACKINGS = {Packing.LZW, Packing.DEFLATE, Packing.LZMA, Packing.ZSTD}
_UNSIGNED_BYTES = (Numbers.UNSIGNED, 8)


def check_supported(layout: TiffLayout, directory: TiffDirectory) -> None:
    """Refuse what is not known to be read right.

    Raises:
        UnsupportedImageError: naming the kind.
    """
    _check_packing(layout, directory)
    _check_predictor(layout)
    _check_meaning(layout, directory)
    _check_alpha(layout)


def _check_packing(layout: TiffLayout, directory: TiffDirectory) -> None:
    packing, kind = layout.packing, (layout.numbers, layout.bits)
    options = directory.integer(Tag.FAX3_OPTIONS, 0) | directory.integer(Tag.FAX4_OPTIONS, 0)
    read = {
        **dict.fromkeys(_FAX_PACKINGS, kind == (Numbers.UNSIGNED, 1) and layout.samples == 1),
        Packing.JPEG: kind == _UNSIGNED_BYTES and (layout.apart or layout.samples <= 4),
        Packing.WEBP: kind == _UNSIGNED_BYTES
        and (layout.meaning is Meaning.RGB and not layout.apart and layout.samples <= 4),
        Packing.JPEG2000: layout.numbers is not Numbers.FLOAT and layout.bits in (8, 16),
        Packing.LERC: layout.bits in (8, 16, 32, 64) and kind != (Numbers.FLOAT, 16),
    }
    if not read.get(packing, True):
        raise refused(f"{packing} compression of samples of this kind or number")
    if packing is Packing.JPEG2000 and layout.bits > 8 and layout.byte_order == ">":
        raise refused("JPEG 2000 of 16 bits, high byte first (programs disagree on it)")
    if packing in _FAX_PACKINGS and options & 2:
        raise refused(f"{packing} compression with parts left uncompressed")


def _check_predictor(layout: TiffLayout) -> None:
    if layout.predictor == NO_PREDICTOR:
        return
    if layout.packing not in _PREDICTED_PACKINGS:
        raise refused(
            f"differences within {layout.packing} compression (programs disagree on them)"
        )
    if layout.predictor == HORIZONTAL and layout.bits in (8, 16, 32, 64):
        return
    if layout.predictor != FLOATING_POINT or layout.numbers is not Numbers.FLOAT:
        raise refused(f"a predictor of kind {layout.predictor} for {layout.bits}-bit numbers")


def _check_meaning(layout: TiffLayout, directory: TiffDirectory) -> None:
    small = layout.numbers is Numbers.UNSIGNED and layout.bits <= 16
    if layout.meaning is Meaning.PALETTE:
        if not small or layout.packing in (Packing.JPEG, Packing.WEBP):
            raise refused("a palette for such numbers")
    elif layout.meaning is Meaning.CMYK:
        if not small:
            raise refused("CMYK in numbers without an agreed range")
        if directory.integer(Tag.INK_SET, 1) != 1:
            raise refused("inks other than CMYK")
    elif layout.meaning is Meaning.YCBCR:
        _check_ycbcr(layout, directory)


def _check_ycbcr(layout: TiffLayout, directory: TiffDirectory) -> None:
    if layout.packing is Packing.JPEG:
        if layout.apart or layout.samples > 3:
            raise refused("YCbCr as JPEG in planes of their own, or with further samples")
        return
    if layout.packing in PICTURE_PACKINGS or (layout.numbers, layout.bits) != _UNSIGNED_BYTES:
        raise refused("YCbCr in such numbers")
    subsampling = directory.integers(Tag.CHROMA_SUBSAMPLING)
    if subsampling is None or subsampling[:2].tolist() != [1, 1]:
        raise refused("YCbCr with coarser colours than brightness, outside JPEG")


def _check_alpha(layout: TiffLayout) -> None:
    if layout.alpha_sample is None:
        return
    if layout.numbers is Numbers.SIGNED:
        raise refused("transparency in signed numbers")
    if layout.extra_samples[layout.alpha_sample - layout.colours] == PREMULTIPLIED_ALPHA:
        if layout.meaning not in (Meaning.RGB, Meaning.BLACK_IS_ZERO):
            raise refused("colours multiplied by their transparency, in a space other than RGB")
        if layout.numbers is Numbers.FLOAT or layout.bits > 16:
            raise refused(
                "colours multiplied by their transparency, in numbers without an agreed range"
            )
