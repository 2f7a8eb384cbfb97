"""Reading and writing files that may be old, foreign, broken or cut short."""
