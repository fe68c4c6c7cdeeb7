"""What was said, by whom, and on whose word."""
