"""What can be trained, and the runs."""
