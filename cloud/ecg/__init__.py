"""What is shown of a stored ECG beside its trace: unbroken stretches, beats and the usual beat."""
