"""The libraries that come with `edge.vm`.  None of them knows more of a VM than any other library could."""
