"""What travels over Kafka besides the records: bytes, headers, and the table of topics."""
