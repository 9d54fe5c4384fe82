"""Latent Gaussian models: fields, what is seen of them, and their posterior."""
