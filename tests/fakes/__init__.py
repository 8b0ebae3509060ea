"""Stand-ins for what lies outside: they speak the real protocol."""
