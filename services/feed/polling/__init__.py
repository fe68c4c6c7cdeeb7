"""The door of feeds: asks RSS, Atom, JSON Feed and news sitemaps for what is new, as often as each allows.

It fetches no article pages.
"""
