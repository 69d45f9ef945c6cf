"""A headless store backend."""
