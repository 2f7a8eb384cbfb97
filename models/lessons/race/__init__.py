"""Five ways to search for weights, raced against each other: what a gradient buys.

`tasks` is what they search, `searchers` how, `race` lets them run side by side.
"""
