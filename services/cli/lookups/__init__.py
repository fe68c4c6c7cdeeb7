"""Where records are found: by key and origin, never by reading whole topics."""
