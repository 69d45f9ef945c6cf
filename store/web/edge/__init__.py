"""The edge: what stands around every handler. See `store.web` for how to write one."""
