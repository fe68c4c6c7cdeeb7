"""Hostile input: what makes it, a target for atheris, and the same through the stages in memory and on a
broker.
"""
