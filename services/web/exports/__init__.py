"""A story in the forms that other programs read.

Pure: an answer of the archive and the address of this site in, text out.
"""
