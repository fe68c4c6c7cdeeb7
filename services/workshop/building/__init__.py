"""Builds the artefacts that the services ship, byte for byte."""
