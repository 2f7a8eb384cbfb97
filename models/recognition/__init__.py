"""Which design has the tensors of a file: an index of names and shapes, and designs left open."""
