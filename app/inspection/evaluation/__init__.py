"""Whether an attribution is to be believed: tests of what a heat map says of its network."""
