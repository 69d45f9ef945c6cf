"""`store demo --returns`: returns, warranties and service certificates, told and checked over HTTP."""
