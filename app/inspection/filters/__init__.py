"""What a unit looks for: its weights, its matches, the pictures that excite it."""
