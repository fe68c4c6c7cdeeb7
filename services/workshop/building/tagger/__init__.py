"""Trains the taggers and seals their bundles."""
