"""Scores under changes of the network and of the picture."""
