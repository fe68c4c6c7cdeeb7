"""Contracts and plumbing that every service uses; knows no service by name."""
