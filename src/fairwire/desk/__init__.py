"""The console: pages for the people of the abuse desk, rendered here, with small islands of script."""
