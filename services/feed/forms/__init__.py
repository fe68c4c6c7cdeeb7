"""What bytes are before any field is read: their charset, JSON with its slips, a page or something else."""
