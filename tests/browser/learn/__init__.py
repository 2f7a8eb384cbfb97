"""Chapters of the course, in a package of their own beside the other pages."""
