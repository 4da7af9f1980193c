"""What service, gateways and outsiders share about the ledger: hashes, proofs, signed heads, witnessing."""
