"""Changes of a text: the ledger that enters them, the rules that make them.

ledger.py              a text that knows where each of its characters came from
wrong_charset.py       lines read in a wrong charset, read rightly
first_guess.py         the language, as far as letters need it
characters.py          all rules for a language tried in turn
  character_rules.py     rules for every language
  own_letters.py         rules for the letters of one
wrapping.py            line breaks that only kept lines short
"""
