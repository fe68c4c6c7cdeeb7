"""The workshop: what makes, judges or times a model. Nothing that runs in production imports it."""
