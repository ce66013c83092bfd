"""A preview on this machine: the output folder over HTTP, pages that reload, and what tells that a post changed.

    request -> paths.find -> answers.answer (pages.with_reload) -> app -> server
    files change -> watching.Watcher -> (the command line builds) -> app.Editions -> the pages that differ reload

What is served is what was built, byte for byte, but for pages: those get a script as they leave, which no file holds.
The build itself belongs to `feedtool.cli.serve`.
"""
