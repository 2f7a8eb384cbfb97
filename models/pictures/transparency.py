"""Transparent pixels over white, as a page of paper would show them."""

from PIL import Image


def over_white(stored: Image.Image) -> Image.Image:
    """A new RGB picture of the same size, whatever 8-bit mode it was in."""
    if not stored.has_transparency_data:
        return stored.convert("RGB")
    colours = stored.convert("RGBA")
    white = Image.new("RGB", stored.size, "white")
    white.paste(colours, mask=colours.getchannel("A"))
    return white
