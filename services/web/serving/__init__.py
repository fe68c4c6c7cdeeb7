"""How pages get to their readers: addresses, headers, HTML, files, streams, and what is counted of it."""
