"""Receptive, projective and effective fields."""
