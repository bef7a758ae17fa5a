"""How fast the service is, beside the bare views that a good engineer would write: see docs/how-to/measure-speed.md."""
