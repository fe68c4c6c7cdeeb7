"""Measures what the encoder ships: language means and the self-test."""
