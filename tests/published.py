"""The example photographs, and what is published of them."""

from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "static" / "examples"

# Measured apart from this program, with timm's model and transforms on the packaged weights.
REFERENCE_SCORES = {
    "chelsea.png": {"tiger cat": 0.393, "Egyptian cat": 0.356, "tabby": 0.170},
    "coffee.png": {"espresso": 0.951, "cup": 0.015},
    "rocket.jpg": {"missile": 0.274, "projectile": 0.189},
}
