"""khabar: follows news agencies and hands every article on, once and in order."""

__version__ = "0.1.0"
