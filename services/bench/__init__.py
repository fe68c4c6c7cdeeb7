"""Benchmarks: speed and memory on this machine, always as ratios from one run."""
