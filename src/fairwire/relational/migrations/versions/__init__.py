"""One module a step; its number is its revision."""
