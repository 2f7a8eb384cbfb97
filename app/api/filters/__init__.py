"""Filters, where they match, and the pictures that excite them."""
