"""HTTP itself: connections, guards, problems, caching, event streams, pages."""
