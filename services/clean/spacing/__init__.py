"""Half-spaces: put back where they were lost or became spaces."""
