"""Maps, statistics and downloads of layers."""
