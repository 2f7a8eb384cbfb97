"""Every model that can be opened, by id."""
