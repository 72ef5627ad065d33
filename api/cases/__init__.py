"""Cases: uploaded, checked, listed, taken back as a file."""
