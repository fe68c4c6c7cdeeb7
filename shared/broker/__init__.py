"""A real Apache Kafka from pip-installed parts, for laptops, demos and tests."""
