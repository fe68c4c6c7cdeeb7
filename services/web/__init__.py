"""Web: the analyst's page.

It reads the archive and nothing else; every page has its answer as JSON beside it.
"""
