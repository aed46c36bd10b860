"""Event files, one folder each, found by folder name; the modules beside them are what the folders share."""
