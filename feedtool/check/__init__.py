"""Published feeds, read as a subscriber would: whether they are valid, and what would change for readers."""
