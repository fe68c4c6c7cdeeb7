"""Files, folders and stdin → submissions: which kinds are taken, how each is read, what is passed over."""
