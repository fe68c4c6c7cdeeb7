"""The record's clean block, from a page whose lines are judged."""
