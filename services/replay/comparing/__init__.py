"""What two runs made of the same articles: documents, fields and stories that differ.

Pure, but for ``topic_reading`` and ``comparison``.
"""
