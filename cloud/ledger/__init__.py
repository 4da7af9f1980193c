"""The ledger: what was done, by whom, to whose record, in a Merkle tree that nobody can rewrite unnoticed."""
