"""People, places, alerts and commands in one relational database: SQLite or PostgreSQL."""
