"""What coordinator and partitions say of transactions, and the markers missing between the two."""
