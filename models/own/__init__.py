"""Networks that a person brought: as weights, or as a bundle of a graph and weights."""
