"""A trained network as C99, which predicts and, if it is to, goes on learning."""
