"""Speed and memory on this machine, always as ratios from one run: what ``khabar bench`` runs."""
