"""Archive: one SQLite file of what readers see, rebuilt from the topics at any time, and how it is asked."""
