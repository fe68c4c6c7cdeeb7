"""Builds detect's models and fits their numbers."""
