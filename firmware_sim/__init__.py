"""Wearables that do not exist: GATT servers replaying recorded or generated physiology."""
