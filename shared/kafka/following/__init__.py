"""Reads a logical topic across promotions and rollbacks; every reader of articles and events reads this way.

The promise: *each thread is delivered whole, from one run only*. A thread is a raw record and all that was
made from it. The alias says which run, except for what was delivered before a switch was noticed. A fresh
reader therefore sees, for each thread, what its owner made; and one that crosses a switch loses nothing and
repeats nothing. ``stories`` is a state and not a stream: it is read from the newest run alone.

    origins      which thread a record belongs to
    positions    how far which run was read while which alias was the newest: all that a reader must keep
    ownership    whether a record is due, decided from positions and aliases
    follower     the reading itself
"""
