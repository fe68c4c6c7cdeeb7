"""What each page shows: asks the archive, and puts beside its answer what a template cannot reckon."""
