"""Pictures with labels to learn from, and the digits that ship."""
