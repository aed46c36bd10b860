"""From detectors as written and packs as checked to the program that the kernel runs."""
