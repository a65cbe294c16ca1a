"""What the egress policy decided, counted, logged and, in learn mode, remembered."""
