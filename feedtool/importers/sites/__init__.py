"""One module for each program that makes sites; each has `recognise`."""
