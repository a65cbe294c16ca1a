"""What a reload would change: descriptions of generations, and the difference between two of them."""
