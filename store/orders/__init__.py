"""The order and its life, where goods and money are led together."""
