"""The file itself: its tables, where it lies and which one is read, and how records come in and go out.

tables          what is stored, and the number of its form
file_places     the folder of a run's archive: which file is the one to read, and how another takes its place
opened          connections to a file
packing         a record with its headers, compressed
keeper          one transaction: records, and how far the topics were read, together
article_rows    an article entered, indexed, taken out of the indexes
entity_rows     the entities that articles name
story_rows      a story, an event and a window entered
ageing          what is too old or too much
"""
