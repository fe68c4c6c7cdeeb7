"""Builds what extract looks names up in."""
