"""A report on paper: A4, as PDF. Only here is it known how PDFs are made; nothing of it is read at start."""
