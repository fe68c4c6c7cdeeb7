"""From an extracted article to its signature: words, features, facts, origins."""
