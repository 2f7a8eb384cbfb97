"""The catalogue of models, their layers, and their weights."""
