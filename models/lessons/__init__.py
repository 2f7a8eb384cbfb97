"""What the chapters of the course compute, with `models/scratch` alone: one lesson a file.

Each is a function of plain arguments that returns numbers and arrays, keeps nothing, and is bounded
by its arguments: the routes of `app/api/learn` check those.
"""
