"""Streams of articles through the stages in memory, for judging and timing."""
