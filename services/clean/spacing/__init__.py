"""Half-spaces: put back where they were lost or became spaces.

restorer.py            lost ones, word by word
  cut_rules.py           where a rule is sure
  cut_model.py           where none is
  suffix_stems.py        which stems a suffix may be cut from
space_style.py         those that became spaces
known_words.py         the word list and the model's weights
"""
