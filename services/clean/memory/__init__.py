"""What one lane remembers of its hosts and documents, and what it concludes from that."""
