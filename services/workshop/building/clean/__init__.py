"""Builds clean's half-space model."""
