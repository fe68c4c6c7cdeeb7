"""What tells languages apart: own linear models, CLD2, letters, and the fitted numbers beside them."""
