"""What a network is made of, step by step, and where two designs differ."""
