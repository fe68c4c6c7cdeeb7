"""The machine that runs a stage: group, lanes, transactions, process slots, health and metrics.

A number such as (A2) in a comment names a rule of ``shared/worker/HAZARDS.md``: what happens without it, and
the test that holds it.
"""
