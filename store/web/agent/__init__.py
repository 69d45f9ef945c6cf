"""What the agent desk and servers of the back office call."""
