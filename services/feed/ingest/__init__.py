"""Ingest: the HTTP door, a worker of its own.

An article is acknowledged when Kafka has it, and never before.
"""
