"""Where the trained networks lie that ship."""

from pathlib import Path

TRAINED_DIRECTORY = Path(__file__).parents[1] / "trained"
