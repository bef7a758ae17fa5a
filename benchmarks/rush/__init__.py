"""A rush: far more buyers than places, all at once, through the whole service."""
