"""The pages of the course: its chapters, its formulas, what of the notes is live where."""
