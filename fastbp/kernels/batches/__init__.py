"""Many patterns through the network together, and one update for them."""
