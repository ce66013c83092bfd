"""The first hour: the generator of a site is recognised and its settings are taken over; a first post is written.

Pure, except for `found.look`, which reads names and settings of a folder. Nothing of the site is run.
"""
