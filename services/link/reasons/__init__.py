"""A decision in words: evidence, the block ``linked``, why and why not."""
