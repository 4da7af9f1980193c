"""Passwords, second factors, invitations, sessions and what was tried at the door."""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing yet."""
