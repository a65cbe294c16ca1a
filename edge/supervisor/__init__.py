"""The gateway's side of cells: starting, feeding, watching and replacing them."""
