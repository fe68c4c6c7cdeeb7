"""Extract: who, where, when, how many, what was said, by whom and on whose word.

Begin with ``core.extract``: it calls the steps below in order and puts the record together.

    naming     names: where each begins and ends, its type, and which entity it is
    saying     quotes, their speakers, and the sources that the text credits
    dating     expressions of time, and the day of the event
    counting   amounts, and what they count
    lexicon    the word lists and tables of ``data``, in which the steps look things up
    tagger     the models that find names; without one the rules of ``naming`` answer alone

Every step reads ``words_of_article.Words``. There and in all steps *i* and *j* are places of tokens,
``tokens[first:last]`` is a stretch of tokens, ``text[start:end]`` one of characters, and a key is the folded
form of a token.
"""
