"""Where the graphs of the catalogue's designs lie that ship."""

from pathlib import Path

GRAPH_DIRECTORY = Path(__file__).parents[1] / "graphs"
