"""Link: one event, one story, in every language, with the reasons.

The way of an article:

stage.py               where link sits in the pipeline; calls the two steps
  reading/               first step, in a process slot: an article becomes a Signature
  core.py                second step, in the order of the lane: known already? a digest or too short? a copy?
                         else compare it with the window, and join the best story or open one
    memory/                what a lane keeps: window, past, stories; LaneState.apply alone changes it
    weighing/              candidates.weigh: nearby, pairs, story_scores, then anchors for the best stories;
                           copies; after a join merging, then reconsider
    moves_and_splits.py    does what reconsider decides
    stories/               a story's record: how it begins, grows and parts
    reasons/               a score in words
    lifecycle/             what time does: articles leave, stories fall quiet and close
changes.py             what the second step hands back: records to send, items to remember
model.py               the settings, read from data/
numeric/               array types, units of time, classes of languages

The types on that way: Signature → Point → Comparisons → Pairs → StoryScore → Reasons → Changes.

The words: a row is an article's place in the arrays, its number that of its arrival, a slot a story's place
among the stories; a ratio is a pair's log-odds before facts, a score a story's log-odds.
"""
