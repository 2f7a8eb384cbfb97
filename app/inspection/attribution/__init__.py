"""Which pixels speak for a class or a unit: one method a file, listed in `methods`."""
