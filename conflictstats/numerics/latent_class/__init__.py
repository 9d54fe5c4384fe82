"""Latent classes of people by the lists that name them: density, chains, people."""
