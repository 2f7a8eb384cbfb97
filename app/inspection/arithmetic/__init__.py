"""How one unit got its value, operation by operation, in float64."""
