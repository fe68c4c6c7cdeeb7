"""Figures of the linker: labelled streams and their twins, translated documents, events that recur."""
