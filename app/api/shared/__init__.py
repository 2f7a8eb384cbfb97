"""What all routes do alike: look up what was asked, check it, answer."""
