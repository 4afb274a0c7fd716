"""The technician's page in a real browser, before a live unit on a rendered street."""
