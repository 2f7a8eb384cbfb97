"""A network's graph as data: written down, read back without believing it."""
