"""What holds for the formulas of a chapter that have no numbers in them: a module a chapter.

Each has `CHECKS`: by the name of the formula a function that raises where it does not hold, from
values of its own.
"""
