"""Data of the clean stage and the command that builds it; origins and licences are in SOURCES.md."""
