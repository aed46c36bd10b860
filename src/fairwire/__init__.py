"""Fairwire turns a provider's acceptable-use policy into a running program. See README.md."""

__version__ = "0.1.0"
