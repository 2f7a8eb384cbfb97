"""Pictures that were sent, examples, what a network sees of them, and scores."""
