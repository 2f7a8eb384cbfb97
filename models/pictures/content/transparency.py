"""Transparent pixels over white, as a page of paper would show them."""

from PIL import Image


def covering(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The part of an RGB picture within left, top, right and bottom; white around it."""
    if box == (0, 0, *image.size):
        return image
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image.crop(box), box[:2])
    return canvas


def over_white(stored: Image.Image) -> Image.Image:
    """A new RGB picture of the same size, whatever 8-bit mode it was in."""
    if not stored.has_transparency_data:
        return stored.convert("RGB")
    colours = stored.convert("RGBA")
    white = Image.new("RGB", stored.size, "white")
    white.paste(colours, mask=colours.getchannel("A"))
    return white
