"""From a picture to what a network is fed, and the geometry back."""
