"""Both protocols as small models, of which every reachable state is looked at."""
