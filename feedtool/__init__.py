"""feedtool: a folder of posts becomes feeds that people subscribe to."""

__version__ = "0.1.0"
