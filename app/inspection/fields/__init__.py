"""Where a unit looks, and what of the picture reaches where."""
