"""Lag: how far every group is behind, measured from outside for Prometheus."""
