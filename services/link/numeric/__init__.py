"""Array types, units of time and language classes: what every part of the linker counts with."""
