"""What the server keeps: computed once for all who ask, bounded in bytes."""
