"""A text that knows where its characters came from, and the edits every text gets."""
