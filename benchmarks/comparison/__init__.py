"""The engine beside other people's programs on the same models and data."""
