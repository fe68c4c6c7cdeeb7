"""What a lane remembers: hosts' lines, documents, revisions.

lane_memory.py         the whole state of a lane; takes changelog items in
  revisions.py           the newest revision of each document
  hosts.py               the lines of each host's last documents
  duplicates.py          the prints of the lane's last documents
learner.py             judges a page's lines by what hosts.py remembers
host_style.py          gives a short page the space style of its host
"""
