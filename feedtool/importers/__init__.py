"""The first hour: a site that somebody else's program made is recognised, and a post begun.

Everything here is pure but `look`, which reads the names and settings of a folder and runs nothing in it.
"""
