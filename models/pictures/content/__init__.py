"""What a picture says: its pixels, colours, range and way up."""
