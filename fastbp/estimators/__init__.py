"""The contract of scikit-learn."""
