"""What the user declares: topologies and plans as typed, frozen structures."""
