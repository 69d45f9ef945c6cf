"""For developers: the movable clock and the mail folder. Not there in production."""
