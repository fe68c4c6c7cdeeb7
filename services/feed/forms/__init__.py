"""What bytes are, before any field in them is read: their charset, JSON with its slips, a page or something
else.
"""
