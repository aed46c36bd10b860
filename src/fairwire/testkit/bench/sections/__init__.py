"""What is measured. Each module exports `SECTION`; see `fairwire.testkit.bench.section`."""
