"""How the loss of a class moves with a layer: its values, and its weights."""
