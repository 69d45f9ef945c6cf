"""Units and their warranty: passports, coverage, registration, service certificates, imports (WAR, CER)."""
