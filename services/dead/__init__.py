"""Dead letters: which there are, what became of each, and the way back for those that can be processed."""
