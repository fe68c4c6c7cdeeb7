"""Runs in the command: what is asked for, and what is said of them."""
