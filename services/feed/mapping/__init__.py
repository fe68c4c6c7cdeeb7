"""Foreign field names → ours.

They are those of Scrapy spiders, newspaper4k, news-please, Zyte, ninjs, schema.org and Media Cloud.
"""
