"""A preview on this machine: the output folder over HTTP, and pages that reload when a post changes.

    request -> app -> answers.find -> answers.answer (pages.with_reload)
    files change -> watching.Watcher -> (the command line builds) -> app.Editions -> the pages that differ reload

Files are served as they were built, byte for byte; only pages get a script, which no file contains.
The build itself belongs to `feedtool.cli.serve`.
"""
