"""Pure evaluation of one patient: what was measured, held against rows, becomes alerts and their lives."""
