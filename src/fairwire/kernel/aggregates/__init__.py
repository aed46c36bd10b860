"""One file for each aggregate: what it means, its merge law, the bound of its error, its cost in memory, and how it is read.

The file's name is the aggregate's; `model.aggregates` says what it is given and what it keeps.
"""
