"""GATT characteristics as pure codecs: bytes from the air to frozen values, and back."""
