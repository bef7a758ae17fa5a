"""Contract suites, one for each port: subclass a suite under a name that begins with ``Test`` and override its fixture."""
