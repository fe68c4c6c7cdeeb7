"""Link: one event, one story, in every language, with the reasons."""
