"""Apps as folders of text: read, check, install, publish, export."""
