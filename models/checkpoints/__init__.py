"""Files of weights from outside, looked into without running anything that they hold."""
