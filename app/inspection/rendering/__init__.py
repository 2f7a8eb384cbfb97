"""Numbers become pictures and files."""
