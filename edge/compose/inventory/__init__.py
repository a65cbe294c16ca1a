"""What a gateway consists of: its parts, their versions and licences."""
