"""Keeping the book's notebooks: execute, normalise, generate the exercises. Nothing else imports this room."""
