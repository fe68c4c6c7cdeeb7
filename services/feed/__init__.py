"""Feed: pages from files, folders, JSON lines and stdin → ``articles.raw``, each once, nothing lost."""
