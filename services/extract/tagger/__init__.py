"""The models that find names: a chain on the encoder's states, a conditional random field, what both read."""
