"""Runs: planned, started, compared, promoted."""
