"""What every layer returned for a picture, and the scores at the end."""
