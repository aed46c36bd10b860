"""Who computes the thirty features. Each module exports `CONTENDER`; see `fairwire.testkit.bench.contender`."""
