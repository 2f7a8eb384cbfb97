"""The numbers that TIFF tags may hold, and what they stand for.

Sources: TIFF 6.0 (Adobe, 1992); TIFF Technical Note 2 (JPEG, 1995); Adobe Photoshop TIFF Technical
Note 3 (floating point, 2005); the registry of compressions in libtiff's `tiff.h`.
"""

from enum import IntEnum, StrEnum

from models.errors import UnsupportedImageError


class Tag(IntEnum):
    """The tags that are read."""

    SUBFILE_TYPE = 254
    WIDTH = 256
    HEIGHT = 257
    BITS = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    SAMPLES = 277
    ROWS_PER_STRIP = 278
    STRIP_BYTE_COUNTS = 279
    PLANES = 284
    FAX3_OPTIONS = 292
    FAX4_OPTIONS = 293
    PREDICTOR = 317
    COLOR_MAP = 320
    TILE_WIDTH = 322
    TILE_HEIGHT = 323
    TILE_OFFSETS = 324
    TILE_BYTE_COUNTS = 325
    INK_SET = 332
    EXTRA_SAMPLES = 338
    SAMPLE_FORMAT = 339
    JPEG_TABLES = 347
    LUMA_WEIGHTS = 529
    CHROMA_SUBSAMPLING = 530
    REFERENCE_BLACK_WHITE = 532
    DEPTH = 32997
    ICC_PROFILE = 34675
    GDAL_NO_DATA = 42113
    LERC_OPTIONS = 50674


class Meaning(IntEnum):
    """Photometric interpretations that are read."""

    WHITE_IS_ZERO = 0
    BLACK_IS_ZERO = 1
    RGB = 2
    PALETTE = 3
    CMYK = 5
    YCBCR = 6


COLOUR_CHANNELS = {
    Meaning.WHITE_IS_ZERO: 1,
    Meaning.BLACK_IS_ZERO: 1,
    Meaning.RGB: 3,
    Meaning.PALETTE: 1,
    Meaning.CMYK: 4,
    Meaning.YCBCR: 3,
}

REFUSED_MEANINGS = {
    4: "a transparency mask",
    8: "the CIE LAB colour space",
    9: "the ICC LAB colour space",
    10: "the ITU LAB colour space",
    32803: "the raw colour filter array of a camera",
    32844: "logarithmic luminance (LogL)",
    32845: "logarithmic luminance and colour (LogLuv)",
    34892: "the linear raw numbers of a camera",
    51177: "a depth map",
    52527: "a semantic mask",
}


class Packing(StrEnum):
    """How segments are compressed."""

    NONE = "none"
    FAX_RLE = "CCITT run lengths"
    FAX3 = "CCITT group 3"
    FAX4 = "CCITT group 4"
    LZW = "LZW"
    JPEG = "JPEG"
    DEFLATE = "Deflate"
    PACKBITS = "PackBits"
    LZMA = "LZMA"
    ZSTD = "Zstandard"
    WEBP = "WebP"
    JPEG2000 = "JPEG 2000"
    LERC = "LERC"


PACKINGS = {
    1: Packing.NONE,
    2: Packing.FAX_RLE,
    3: Packing.FAX3,
    4: Packing.FAX4,
    5: Packing.LZW,
    7: Packing.JPEG,
    8: Packing.DEFLATE,
    32773: Packing.PACKBITS,
    32946: Packing.DEFLATE,
    33005: Packing.JPEG2000,
    34712: Packing.JPEG2000,
    34887: Packing.LERC,
    34925: Packing.LZMA,
    34926: Packing.ZSTD,
    34927: Packing.WEBP,
    50000: Packing.ZSTD,
    50001: Packing.WEBP,
}
REFUSED_PACKINGS = {
    6: "old-style JPEG",
    9: "JBIG",
    10: "JBIG",
    99: "JPEG with tables elsewhere (NDPI)",
    32766: "NeXT run lengths",
    32771: "CCITT run lengths in words",
    32809: "ThunderScan",
    32908: "Kodak DCS",
    32909: "PixarFilm",
    33003: "JPEG 2000 of Aperio, YCbCr",
    33007: "ALT JPEG",
    34661: "JBIG",
    34676: "SGI LogLuv",
    34677: "SGI LogLuv",
    34892: "lossy JPEG of a camera",
    34933: "PNG",
    34934: "JPEG XR",
    22610: "JPEG XR",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
# These hold pixels, not bytes: byte order, predictor and fill order say nothing of them.
PICTURE_PACKINGS = {Packing.JPEG, Packing.WEBP, Packing.JPEG2000, Packing.LERC}


class Numbers(StrEnum):
    """Sample formats that are read."""

    UNSIGNED = "u"
    SIGNED = "i"
    FLOAT = "f"


NUMBERS = {1: Numbers.UNSIGNED, 2: Numbers.SIGNED, 3: Numbers.FLOAT, 4: Numbers.UNSIGNED}
BITS_READ = {
    Numbers.UNSIGNED: {*range(1, 17), 32, 64},
    Numbers.SIGNED: {8, 16, 32, 64},
    Numbers.FLOAT: {16, 32, 64},
}

NO_PREDICTOR, HORIZONTAL, FLOATING_POINT = 1, 2, 3


PREMULTIPLIED_ALPHA, PLAIN_ALPHA = 1, 2


def refused(what: str) -> UnsupportedImageError:
    return UnsupportedImageError(
        f"The TIFF file holds {what}, which is not read here; save it as 8-bit RGB."
    )
