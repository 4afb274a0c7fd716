"""What a plate is, as text: the alphabet, national formats, look-alike characters."""
