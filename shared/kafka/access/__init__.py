"""Who may speak to Kafka: how our clients log in, why one is refused, and what each principal may do."""
