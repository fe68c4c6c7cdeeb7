"""Reads a logical topic across promotions and rollbacks; every reader of articles and events reads this way.

The promise: *each origin is delivered whole, from one run only*. The alias says which run, except for what
was delivered before a switch was noticed. A fresh reader therefore sees, for each origin, what its owner
made; and one that crosses a switch loses nothing and repeats nothing. ``stories`` is a state and not a
stream: it is read from the newest run alone.

    origins      what a record was made from
    positions    how far which run was read while which alias was the newest: all that a reader must keep
    ownership    whether a record is due, decided from positions and aliases
    follower     the reading itself
"""
