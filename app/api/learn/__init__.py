"""The computations of the course: stateless, bounded, by `models/scratch` alone."""
