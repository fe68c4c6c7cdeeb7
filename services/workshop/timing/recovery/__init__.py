"""How soon the engine works again: a state read back, a worker killed and started again."""
