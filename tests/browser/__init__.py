"""A package, so that its tests share a browser, and those of other folders do not meet it."""
