"""What is known of numbers: how they were dialled, where they lead, whose they are, and which lists they stand on.

Pure: nothing here reads a clock, a disk or a network. The lists come with the package as dated YAML files (`lists/`); the
runtime hands in the text of those that a site keeps itself.
"""
