"""How a unit got its value."""
