"""Reads TIFF: by its tags, never by the mode a decoder would guess."""
