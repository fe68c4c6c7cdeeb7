"""Judges link: labelled streams and their twins, translated documents, events that recur."""
