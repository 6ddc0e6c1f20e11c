"""The networks of the book in PyTorch, on whatever device there is: models, the training loop, recipes."""
