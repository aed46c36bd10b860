"""Ways to send mail, one folder each."""
