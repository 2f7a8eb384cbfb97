"""Training runs: children of this server, and those of the command line."""
