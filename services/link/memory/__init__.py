"""What the lane remembers: its items, the live window, the news before it."""
