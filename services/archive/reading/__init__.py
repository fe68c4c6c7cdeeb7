"""What the page and the command ask the archive.

Synchronous functions that return msgspec structs, without HTTP and without Kafka.

    opening           the file: `Archive(settings)`, one for a process, used by any number of threads;
                      ``NoArchive`` where there is none
    answers           the structs of all answers
    front_page        stories by newest, growing, languages, origins, with filters; the places of a map
    story_page        a story with members, reasons, refusals, events
    past_story        the story as it stood at a past moment
    article_page      an article with everything, and its revisions
    revision_changes  two revisions compared
    entity_page       an entity with its spellings, who calls it what, its stories
    word_search       search by words in any spelling and script
    meaning_search    search by meaning, and articles like another one
    archive_standing  how the archive stands, and what pulse has counted

Every function takes the `Archive` first and answers from one moment of it. What a page shows of a text
is text as it was written: escaping it, and its direction from the ``lang`` and ``dir`` beside it, are the
page's.
"""
