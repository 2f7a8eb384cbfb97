"""Pickles read as what they say, and never done."""
