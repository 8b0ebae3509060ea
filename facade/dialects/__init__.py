"""The REST products whose API the facade speaks: a folder each, independent of each other."""
