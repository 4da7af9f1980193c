"""Signed releases given to gateways in stages: a desk for people, and a conductor that never tires."""
