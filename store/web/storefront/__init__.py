"""What shops call."""
