"""Clean: what the page says, and nothing else; every change entered, every cut line typed."""
