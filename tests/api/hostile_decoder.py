"""In place of `models.pictures.child`: a decoder that does what a file of words tells it to."""

import os
import signal
import threading

from models.errors import UnsupportedImageError
from models.pictures import Picture, PictureLimits, decode_picture
from models.pictures.child import serve


def decode(data: bytes, limits: PictureLimits, **options: object) -> Picture:
    match data:
        case b"hang":
            threading.Event().wait()
        case b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"fill":
            bytearray(2**40)
        case b"print":
            os.write(1, b"a decoder says something")
        case b"unsupported":
            raise UnsupportedImageError("A picture of a kind that is not read here.")
    return decode_picture(data, limits, **options)


if __name__ == "__main__":
    serve(decode)
