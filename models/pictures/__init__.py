"""Files that people send, read as pictures: upright, 8 bits a channel, RGB."""

from models.pictures.content.picture import Colours, Picture, PictureLimits, PictureNote
from models.pictures.decoding import decode_picture, encode_png, encode_thumbnail

__all__ = [
    "Colours",
    "Picture",
    "PictureLimits",
    "PictureNote",
    "decode_picture",
    "encode_png",
    "encode_thumbnail",
]
