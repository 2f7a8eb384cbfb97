"""Learning from scratch: the command, its runs, and what they keep."""
