"""How values and files are sealed, and where the master key lies: outside the databases and their backups.

A master key wraps data keys, one of each patient and person; a data key seals what is kept of its owner.
"""
