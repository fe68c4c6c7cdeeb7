"""What time does to stories: quiet, reopened, closed; articles that leave; languages that are silent."""
