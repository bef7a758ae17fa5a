"""A contract suite for each port: subclass it under a name that begins with ``Test`` and override its one fixture."""
