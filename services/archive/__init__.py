"""Archive: one SQLite file of what readers see, rebuilt from the topics at any time, and the questions that a
page and the command ask it.
"""
