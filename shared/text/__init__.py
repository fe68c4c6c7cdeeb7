"""Language knowledge that more than one service needs: letters, digits, calendars, names across scripts.

Letters:

letters.py             of the Arabic script: ranges, marks, who joins
digits.py              decimal digits of every script → ASCII
scripts.py             which script a text is in; asks directions.py which way it runs
match_key.py           what is compared and hashed; match_keys.py makes those of many lines at once
tokens.py              tokens and sentences, folded by match_key.py

Names:

stems.py               what is glued to a word
skeleton.py            the consonants of a name, the same in every script
sound.py               how alike two names sound, by their skeletons
sound_index.py         finds the names that sound like another, by skeleton.py and sound.py

Dates:

dates.py               absolute dates in a text; calls dates_days.py, then dates_clock.py for each day
  dates_days.py          days, by the patterns of dates_patterns.py
  dates_clock.py         the time beside a day; asks half_days.py and dates_stated_zones.py
dates_machine.py       dates as programs write them in a field; hands others to dates.py, numbers to epochs.py
dates_relative.py      how long ago a page says it came out
dates_names.py         folds the texts searched, and the names that are looked for
calendar_words.py      the names that they look for
calendars.py           days of one calendar into another
dates_zones.py         time zones as pages name them
moments.py             moments as records, HTTP and mail write them

Damage:

mojibake.py            undoes a wrong charset; legacy_charsets.py tells two old ones apart
unicode_bytes.py       byte order marks, zeros, halves of signs
"""
