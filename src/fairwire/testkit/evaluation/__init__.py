"""Findings against labels, in parts: matching, cost until found, the innocent, what is swept, what must be reached, the page."""
