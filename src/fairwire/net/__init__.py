"""Connections that we open: bounded in time and in bytes, and only to where they may lead.

Nothing here knows what is asked for. The runtime and the adapters both use it.
"""
