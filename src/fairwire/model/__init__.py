"""The nouns: events, customers, policy, finding, decision, order, errors. No behaviour that needs a clock or a disk."""
