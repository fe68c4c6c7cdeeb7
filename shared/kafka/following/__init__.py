"""Following a logical topic over promotions and rollbacks: so read all readers of articles and events.

The promise: *every origin is delivered from one run alone, and whole*; which run that is says the alias,
except for what was delivered before a switch was noticed. So a fresh reader sees of each origin what its
owner made, and one that crosses a switch loses nothing and repeats nothing. ``stories`` is a state and not a
stream: it is read from the newest run alone.

    origins      what a record was made from
    positions    how far which run was read while which alias was the newest: all that a reader must keep
    ownership    whether a record is due, decided from positions and aliases
    follower     the reading itself
"""
