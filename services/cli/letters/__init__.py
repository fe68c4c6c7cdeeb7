"""Dead letters in the command: which are meant, what is done with them, how they are told."""
