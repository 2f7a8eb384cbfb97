"""The layers of a network as a graph: what each does, and how parts of it run."""
