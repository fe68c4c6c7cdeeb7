"""Chaos: the real stages under faults drawn from a seed.

Judged is whether nothing was lost, repeated or remembered wrongly.


plan        the faults of a seed, drawn before anything starts
world       a broker or a cluster of its own, and the workers
loads       what goes through the stages meanwhile
rerun       a run beside live: a replay, or one that readers are switched to and back
reader      such a reader, a process that copies what it is given
faults      how each fault is done, and how it is known that it was felt
refold      what each lane must have made of its input
reckoning   that, compared with what lies in Kafka; rerun_reckoning: of the run, against live, and what the
            reader was given
suite       a plan from beginning to verdict
"""
