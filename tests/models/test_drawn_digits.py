"""Digits drawn with a thick line, as on the drawing pad: no data set ever held these."""

import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import load_file

from models.disk.trained import TRAINED_DIRECTORY
from models.training.recipes import RECIPES

PAD_PX = 280
# Corners (x, y) of each digit's strokes on the pad.
STROKES = {
    0: [[(140, 40), (80, 90), (70, 160), (110, 230), (170, 230), (205, 160), (195, 80), (140, 40)]],
    1: [[(140, 40), (140, 240)]],
    2: [[(80, 90), (110, 50), (170, 50), (190, 100), (150, 160), (80, 235), (210, 235)]],
    3: [[(90, 60), (150, 45), (190, 85), (130, 130), (190, 180), (150, 235), (80, 220)]],
    4: [[(100, 40), (80, 150), (200, 150)], [(180, 60), (175, 245)]],
    5: [[(190, 45), (100, 45), (90, 130), (150, 120), (195, 170), (160, 230), (85, 230)]],
    6: [[(170, 40), (100, 120), (85, 190), (120, 235), (180, 220), (185, 160), (90, 180)]],
    7: [[(80, 50), (200, 50), (130, 240)]],
    8: [
        [(140, 135), (90, 90), (130, 45), (180, 80), (140, 135)],
        [(140, 135), (85, 190), (130, 240), (190, 200), (140, 135)],
    ],
    9: [[(190, 90), (140, 45), (95, 90), (130, 135), (185, 110), (190, 90), (180, 240)]],
}


def draw(digit: int, line_px: int, ink: str, paper: str, offset_px: int = 0) -> Image.Image:
    picture = Image.new("RGB", (PAD_PX, PAD_PX), paper)
    pen = ImageDraw.Draw(picture)
    for corners in STROKES[digit]:
        moved = [(x + offset_px, y) for x, y in corners]
        pen.line(moved, fill=ink, width=line_px)
        for corner in moved:
            pen.circle(corner, line_px / 2, fill=ink)
    return picture


@pytest.mark.parametrize("architecture", ["mlp", "lenet5"])
@pytest.mark.parametrize("line_px", [14, 20, 26])
@pytest.mark.parametrize(
    ("ink", "paper", "offset_px"),
    [("black", "white", 0), ("white", "black", 0), ("navy", "ivory", -50)],
)
def test_every_digit_drawn_by_hand_is_read(architecture, line_px, ink, paper, offset_px):
    recipe = RECIPES[architecture]
    network = recipe.build().eval()
    network.load_state_dict(load_file(TRAINED_DIRECTORY / f"{architecture}.mnist5k.safetensors"))
    pictures = [draw(digit, line_px, ink, paper, offset_px) for digit in range(10)]
    inputs = torch.cat([recipe.preprocessing.prepare(picture).tensor for picture in pictures])
    with torch.no_grad():
        answers = network(inputs).argmax(1)
    assert answers.tolist() == list(range(10))
