"""Every part killed at random under load, and what became of every record: counted from outside."""
