"""What detect knows, and the commands that rebuild it; licences and origins in SOURCES.md."""
