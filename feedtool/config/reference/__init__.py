"""What every key of the configuration means: for `feedtool explain`, for docs/configuration.md, and for editors.

In: the one list of keys (`config.reading.SCHEMA`), the defaults (`config.Config`), and a sentence for each key. Out:
text, Markdown, a JSON Schema. Pure.
"""

from feedtool.config.reference.keys import KEYS, Key, all_keys, key_lines
from feedtool.config.reference.markdown import example, reference_page
from feedtool.config.reference.schema import json_schema

__all__ = ["KEYS", "Key", "all_keys", "example", "json_schema", "key_lines", "reference_page"]
