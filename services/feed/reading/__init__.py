"""Files, folders and stdin → submissions: which kinds are taken, how each is read, and what is passed
over.
"""
