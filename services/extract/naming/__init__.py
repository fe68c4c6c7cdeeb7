"""Who and where: names from table, tagger and rules, their borders and their ids.

The rules that need no model have letters, by which other modules cite them («rule c»):

    a  A name of the curated table is that entity: the longest one at each place (``curated``).
    b  A city of GeoNames is a place, unless its word is an ordinary one or the head of an organisation
       stands before it (``cities``; without a tagger only).
    c  Name words after a title, or alone between quotation marks, are a person (``people``: ``titled``,
       ``quoted``).
    d  Unknown words that are the subject of a speech verb are a person (``people``: ``subjects``).
    e  A source line or a formula such as «به گزارش» credits a source
       (``services.extract.saying.attributions``). clean has cut the line from the text, so its names are no
       mentions.
    f  و ف ب ك before an Arabic article stay outside of the name, and و ف ب ل ك where the text has the rest
       of the word elsewhere (``clitics.without_clitic``).
    g  The country or state beside a town tells which town of its name it is, all through the text
       (``namesakes``, ``regions``).
"""
