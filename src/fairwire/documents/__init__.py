"""Readers of policy documents: text, Markdown, HTML, PDF, Word. One folder each, found by name."""
