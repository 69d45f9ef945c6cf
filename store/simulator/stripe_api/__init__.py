"""Stripe, as far as a store needs it, in API version 2024-04-10."""
