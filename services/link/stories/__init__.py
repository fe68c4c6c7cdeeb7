"""A story's record: how it begins, grows, is parted, and how long its lists may be."""
