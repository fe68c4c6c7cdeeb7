"""The price of reading everything once: the encoder alone, every token of a text through all layers, nothing
made of it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from shared.encoder import artefact
from shared.encoder.engines import compiled, mask
from shared.encoder.inputs import Inputs
from shared.settings import Settings


def reading_once_ms(texts: Sequence[str]) -> float:
    """Return milliseconds of CPU a text, on one thread; each text is read twice and the second time
    counts.
    """
    folder = artefact.ensure(Settings.from_env().folder, lambda _: None)
    inputs, lower, upper = Inputs(folder), compiled(folder / "lower.onnx"), compiled(folder / "upper.onnx")
    spent = 0.0
    for _ in range(2):
        begun = time.process_time()
        for text in texts:
            ids = inputs.segment(text).ids
            for at in range(0, len(ids), inputs.room):
                part = ids[at : at + inputs.room]
                summed = inputs.summed(part)
                masked = mask(summed, inputs.around + len(part))
                upper(lower(summed, masked)[-1], masked)
        spent = time.process_time() - begun
    return 1000 * spent / len(texts)
