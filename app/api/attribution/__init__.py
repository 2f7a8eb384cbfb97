"""Attributions, the tests of them, and what each channel adds to a class."""
