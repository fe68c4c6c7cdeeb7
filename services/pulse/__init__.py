"""How much is written, in which language, by whom: windowed views that can be rebuilt.

The one service on Faust.
"""
