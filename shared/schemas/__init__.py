"""JSON Schema of every record, one file a record and major version: generated from ``shared.records``, for readers in any language."""
