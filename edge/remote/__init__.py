"""What is asked of the gateway from afar: commands done once, settings on trial, stretches of waveform."""
