"""What the coordinator and the partitions say of transactions, and the markers that are missing between the
two.
"""
