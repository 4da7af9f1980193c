"""The language every part of Carewire shares: kinds, records, codecs, features and the wire."""
