"""How fast detect is, in CPU time, beside CLD2 in the same run (``khabar bench detect``)."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence

import pycld2

from services.detect import core, stage

SECONDS = 1.5
_PERSIAN = "وزیر خارجه در نشست خبری هفتگی خود گفت گفت‌وگوها با طرف‌های دیگر ادامه دارد و نتیجه آن به‌زودی اعلام خواهد شد. "
_ARABIC = (
    "قال المتحدث باسم الحكومة في مؤتمر صحفي اليوم إن المفاوضات مستمرة وإن نتائجها ستعلن قريبا للرأي العام. "
)
_URDU = "وزیر خارجہ نے اپنی ہفتہ وار پریس کانفرنس میں کہا کہ بات چیت جاری ہے اور اس کے نتائج کا اعلان جلد کیا جائے گا۔ "
_ENGLISH = "The foreign minister told a weekly news conference that talks were going on and that results would be announced soon. "


def bench() -> dict[str, object]:
    """Return texts per CPU second on one core at 300 and 5 000 code points, detect beside CLD2, and the
    memory that loading adds (MB).
    """
    before = _peak_mb()
    stage.WORK.warm_up()
    loaded = _peak_mb() - before
    arabic_script = (_PERSIAN, _ARABIC, _URDU)
    sets = {
        "arabic_script_300": [_fill(text, 300) for text in arabic_script],
        "latin_300": [_fill(_ENGLISH, 300)],
        "arabic_script_5000": [_fill(text, 5000) for text in arabic_script],
        "arabic_script_5000_in_lines": [
            _fill(text, 5000).replace(". ", ".\n").replace("۔ ", "۔\n") for text in arabic_script
        ],
    }
    return {
        name: {"detect": _per_second(core.detect, texts), "cld2": _per_second(_cld2, texts)}
        for name, texts in sets.items()
    } | {
        "loaded_mb": round(loaded, 1),
        "peak_mb": round(_peak_mb(), 1),
    }


def _fill(text: str, length: int) -> str:
    return (text * (length // len(text) + 1))[:length]


def _cld2(text: str) -> object:
    return pycld2.detect(text, bestEffort=True)


def _per_second(run: Callable[[str], object], texts: Sequence[str]) -> int:
    for text in texts:
        run(text)
    done, start = 0, time.process_time()
    while (spent := time.process_time() - start) < SECONDS:
        for text in texts:
            run(text)
        done += len(texts)
    return round(done / spent)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
