"""`fairwire bench`: what Fairwire reaches, beside others on the same events, in one run.

    contenders/    one file each: who computes the thirty features of `features.py`
    sections/      one file each: what is measured
    targets.yaml   what each figure must reach

Both folders are found by listing: a new file is a new contender or a new section, and nothing has to be registered.
"""
