"""Returns: reasons, manufacturers' routes, quotes, registration, reception, inspection, outcomes (RMA)."""
