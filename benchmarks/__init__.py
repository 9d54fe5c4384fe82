"""How fast conflictstats is, beside what people would use otherwise."""
