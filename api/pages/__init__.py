"""The web page: templates and small scripts of our own over the REST routes."""
