"""What the linker ships: the lexicon, the counts, the settings, and the commands that build them."""
