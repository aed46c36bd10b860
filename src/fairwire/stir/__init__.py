"""STIR/SHAKEN: who vouches for the number that a caller shows, and whether the signature holds.

Pure: nothing here reads a clock, a disk or a network. Instants are parameters, and certificates come from a function that
answers at once. Sources: RFC 8224 (Identity header), 8225 (PASSporT), 8226 (certificates), 8588 (shaken), 8946 (div),
ATIS-1000074 (SHAKEN). What is checked in which order: docs/explanation/stir.md.
"""
