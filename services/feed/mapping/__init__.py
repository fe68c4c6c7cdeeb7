"""Foreign field names → ours: items of Scrapy spiders, newspaper4k, news-please, Zyte, ninjs, schema.org and
Media Cloud.
"""
