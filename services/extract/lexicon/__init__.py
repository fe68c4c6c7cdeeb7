"""What names are looked up in, and the words that point at names, speakers and sources."""
