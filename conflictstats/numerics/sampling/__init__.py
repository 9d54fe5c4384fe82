"""Random draws and what they are worth."""
