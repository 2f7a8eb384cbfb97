"""The designs written here, a file a family."""
