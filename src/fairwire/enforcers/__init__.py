"""Edges: one folder for each kind, exporting `ENFORCER`, with the exchanges of its protocol as they were recorded or specified.

What several kinds share stands beside the folders: names of items, tables of short texts, secrets, running calls.
"""
