"""Run ``python -m conflictstats``, the same as the ``conflictstats`` command."""

from conflictstats.cli import main

if __name__ == "__main__":
    main()
