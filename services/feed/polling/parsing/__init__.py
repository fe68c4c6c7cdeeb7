"""From the bytes of an answer to the entries of a feed.

Pure; runs in a process slot, because anybody may have written the bytes.
"""
