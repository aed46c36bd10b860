"""Protocols between `runtime` and the adapters. Nothing here does anything."""
